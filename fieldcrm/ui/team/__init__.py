"""The team's day while it happens, for managers."""
