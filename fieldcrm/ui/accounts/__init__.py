"""Accounts: the list, one account's page, editing, import and export."""
