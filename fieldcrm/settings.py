"""Where this installation keeps its things, and what it was told."""
