"""Signing in, unlocking, and the first sync."""
