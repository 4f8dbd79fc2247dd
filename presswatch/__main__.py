"""`python -m presswatch`."""

from __future__ import annotations

from presswatch.cli import main

if __name__ == "__main__":
    main(prog_name="presswatch")
