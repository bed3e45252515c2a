"""Choosing what goes into a configurable article."""
