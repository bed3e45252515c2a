"""The manager's side of visits: the inbox and the report (V9). Reps read theirs here too."""
