"""Keeping in step with the server."""
