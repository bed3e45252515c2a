"""Laptops: one's own in the settings, everybody's for an administrator, and what happens to a lost one."""
