"""How often stores are visited: the office's rules, a store's own rhythm, the board of what came of it."""
