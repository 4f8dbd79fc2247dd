"""What one running process has for itself: its log, its memory, and what it counts.

Nothing here is in the archive, and all of it is gone with the process.
"""
