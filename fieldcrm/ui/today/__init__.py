"""Today: the next store first, the route beside it, and what needs settling."""
