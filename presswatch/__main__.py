"""The command `presswatch`, and `python -m presswatch`."""

from __future__ import annotations

from presswatch.process import interrupt


def main() -> None:
    with interrupt.ends_it():
        from presswatch.cli import main as command
    command(prog_name="presswatch")


if __name__ == "__main__":
    main()
