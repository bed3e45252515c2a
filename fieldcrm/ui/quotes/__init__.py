"""Quotes on the screen: the list with its rounds, the next round, the paper for the customer."""
