"""From a source to an article. Imports archive."""
