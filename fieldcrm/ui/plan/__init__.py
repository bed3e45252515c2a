"""The plan: a board of days, a month, stores that wait for a day (V1, V2)."""
