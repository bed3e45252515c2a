"""What laptops hold of budgets, uses, balances, credit and stock, for the office."""
