"""Preferences and the manual."""
