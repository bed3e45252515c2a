"""A visit: check in, work through the steps, check out; every change is kept at once."""
