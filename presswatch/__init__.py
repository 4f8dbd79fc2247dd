"""The wiring: imports all packages, is imported by none."""

__version__ = "0.1.0"
