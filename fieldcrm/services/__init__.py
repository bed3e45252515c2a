"""What a user can do: functions(session, ...) that load rows, ask the rules and change rows."""
