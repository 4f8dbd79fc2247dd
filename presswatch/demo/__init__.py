"""The demo: presswatch at work on a small press that it serves to itself."""
