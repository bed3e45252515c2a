"""The office's own desk for goods that come back without a rep; asked for and booked on line."""
