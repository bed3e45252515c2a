"""Customers' money at the office: what they have and may owe, booked and lowered on line."""
