"""What every part of the order page is drawn with: no script, no picture, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from html import escape
from urllib.parse import urlencode

from server.order_page.style import STYLE
from server.order_page.words import Words

_KEEP = "<button class=hide name=do value=keep tabindex=-1 aria-hidden=true></button>"


def whole(body: str, words: Words, *, form: bool = True) -> str:
    """Return a page; its form's first button keeps what was typed, which is what Enter does."""
    inner = f"<form method=post autocomplete=off>{_KEEP}{body}</form>" if form else body
    return (
        f"<!doctype html><html lang={words['lang']}><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1,viewport-fit=cover'>"
        f"<title>{words['title']}</title><style>{STYLE}</style></head><body>{inner}</body></html>"
    )


def gone(words: Words) -> str:
    """Return what is shown for an address that holds no longer, or never did."""
    body = f"<div class=top><h1>{words['gone']}</h1></div><p>{words['gone_do']}</p>"
    return whole(body, words, form=False)


def too_large(words: Words) -> str:
    """Return what is shown when more was sent than any order holds."""
    body = f"<div class=top><h1>{words['too_large']}</h1></div><p>{words['too_large_do']}</p>"
    return whole(body, words, form=False)


def waiting(words: Words) -> str:
    """Return what is shown to who asks too often, or while the server cannot answer."""
    body = (
        f"<form><div class=top><h1>{words['waiting']}</h1></div><p>{words['waiting_do']}</p>"
        f"<button class='main wide'>{words['look_again']}</button></form>"
    )
    return whole(body, words, form=False)


def button(text: str, do: str, kind: str = "", said: str = "") -> str:
    """Return a button; ``said`` is what it is called for those who do not see it."""
    name = f" aria-label='{escape(said, quote=True)}'" if said else ""
    css = f" class='{kind}'" if kind else ""
    return f"<button{css} name=do value='{escape(do, quote=True)}'{name}>{text}</button>"


def leads(text: str, where: Mapping[str, str], kind: str = "") -> str:
    """Return a button that leads to another view; what was typed is kept on the way."""
    return button(text, f"go:?{urlencode(where)}", kind)


def stepper(key: str, said: str, name: str, words: Words, *, wrong: bool = False) -> str:
    """Return the field of a line's quantity between less and more."""
    mark = " aria-invalid=true" if wrong else ""
    called = f"{name} · {words['quantity']}"
    return (
        f"<span class=step>{button('−', f'less:{key}', '', words['less'])}"
        f"<input name='n.{escape(key, quote=True)}' value='{escape(said, quote=True)}'{mark} maxlength=20 "
        f"inputmode=decimal enterkeyhint=done aria-label='{escape(called, quote=True)}'>"
        f"{button('+', f'more:{key}', '', words['more'])}</span>"
    )


def told(words: Words, code: str, *, can_undo: bool = False, more: str = "") -> str:
    """Return what the last step did, with the way back."""
    said = words.get(f"told_{code}")
    if said is None:
        return ""
    undo = button(words["undo"], "undo:", "link") if can_undo else ""
    kind = "warn" if code in ("moved", "full", "again_none", "again_part") else "good"
    text = f"<span class=grow>{said} {escape(more)}</span>"
    return f"<div class='box {kind} row' role=status>{text}{undo}</div>"


def bar(left: str, right: str) -> str:
    """Return what stays at the foot of the window."""
    return f"<div class=bar><div>{left}</div>{right}</div>"


def sums(rows: Iterable[tuple[str, str, str]]) -> str:
    """Return names with amounts under one another."""
    return "".join(
        f"<div class='sum {kind}'><span>{escape(name)}</span><span class=n>{escape(amount)}</span></div>"
        for name, amount, kind in rows
    )


def money(amount: Decimal) -> str:
    """Return an amount."""
    return f"−¥{-amount:,.2f}" if amount < 0 else f"¥{amount:,.2f}"


def number(quantity: Decimal) -> str:
    """Return a quantity without needless zeros."""
    return f"{quantity.normalize():f}"
