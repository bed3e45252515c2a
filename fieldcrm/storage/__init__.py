"""This device's database and files."""
