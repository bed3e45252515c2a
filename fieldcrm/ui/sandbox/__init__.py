"""Trying rules before they count: a cart, a month of orders, a promotion."""
