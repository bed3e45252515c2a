"""Tooltips that hold somebody's text: shown as it was typed, never read as markup."""

from __future__ import annotations

import html


def plain(text: str) -> str:
    """Return a tooltip that shows ``text`` as it is; Qt takes what looks like HTML for HTML."""
    if "<" not in text and "&" not in text:
        return text
    return f"<qt>{html.escape(text).replace(chr(10), '<br>')}</qt>"
