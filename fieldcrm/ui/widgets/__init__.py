"""The pieces every page is made of: labels, buttons, fields, lists, charts, dialogs.

Nothing here knows a noun of the trade, reads a database or decides anything.
"""
