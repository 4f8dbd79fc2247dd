"""From a stored article to the outside world. Imports archive."""
