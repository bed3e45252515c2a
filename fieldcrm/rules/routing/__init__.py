"""Routes: how far places are apart, and in which order a day's stops are best visited (V5)."""
