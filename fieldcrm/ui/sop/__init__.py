"""Visit templates (V4): the list of editions, the builder, and the answers as a table."""
