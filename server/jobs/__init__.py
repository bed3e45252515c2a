"""Work that nobody asks for: stamping the feed, finishing files, forgetting what has expired."""
