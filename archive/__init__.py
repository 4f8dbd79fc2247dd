"""What an article is and where it is kept. Imports no sibling package."""
