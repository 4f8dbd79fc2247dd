"""What the service does for itself beside its work, and what its operator is told of that.

    selfcheck: do the sources fare as ever? ─┐
    room: is there room on the disk?         ├─▶ telling: a trouble, written with its notice
    confignote: is the config in force?     ─┘
      └ outcry: a full disk, told past the archive

`keeping` lets go of what is kept for a time only.
"""
