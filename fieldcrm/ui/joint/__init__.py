"""Accompanied visits: who comes along, what both say of it, and the file between two laptops."""
