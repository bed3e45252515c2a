"""The sync centre: what needs a person, what waits, what the office has, and taking work along."""
