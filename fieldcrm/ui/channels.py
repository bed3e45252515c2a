"""What kinds of stores are called."""

from __future__ import annotations

from fieldcrm.ui.i18n import mark

CHANNEL = {
    "supermarket": mark("Supermarket"),
    "convenience": mark("Convenience"),
    "grocery": mark("Grocery"),
    "mall": mark("Mall"),
    "campus": mark("Campus"),
    "snack": mark("Snack shop"),
    "wholesale": mark("Wholesale"),
    "catering": mark("Catering"),
    "other": mark("Other store"),
}
