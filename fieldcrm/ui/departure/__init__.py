"""The departure check: is everything here for the next days."""
