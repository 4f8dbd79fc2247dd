"""Every figure that is promised, printed with its limit or its peer: `make bench`."""
