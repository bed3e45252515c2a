"""Phone work: call lists and what came of each call."""
