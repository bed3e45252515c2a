"""What the buttons do. Everything typed is kept first; then one thing is done; then it says where to look.

A button's value is a verb and what it is about, as ``more:<line>`` or ``go:?step=check``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs, quote, urlencode
from uuid import UUID

from sqlalchemy import Connection

from fieldcrm.errors import NotFound
from server.order_page import basket as baskets
from server.order_page import checkout, links, past
from server.order_page.basket import Basket
from server.order_page.checkout import is_amount
from server.order_page.counter import Counter, at_counter

Query = Mapping[str, str]
_KNOWN = frozenset({"step", "shelf", "text", "first", "inside", "done", "told", "was"})
_MOST = 120


def query(said: str) -> dict[str, str]:
    """Return where a button leads, as far as there is such a place."""
    return {name: values[0][:_MOST] for name, values in parse_qs(said).items() if name in _KNOWN}


def act(connection: Connection, token: str, view: Query, form: Query, at: datetime) -> str:
    """Keep what was typed, do what the button says and return where to look, from ``?`` on."""
    with links.session_of(connection) as session:
        counter = at_counter(session, token, at, locked=True)
        verb, _, about = form.get("do", "").partition(":")
        if verb == "confirm" and checkout.was_made(counter, form.get("number", "")):
            return _where({"done": form["number"]})
        typed = counter.basket.typed(form)
        counter.opened = replace(counter.opened, basket=typed)
        done = _confirmed(connection, counter, form) if verb == "confirm" else _done(counter, verb, about)
        basket, where, place = done
        links.keep(connection, counter.opened.digest, basket)
        if where is None or "inside" in where:  # putting together comes back to where it began
            where = _here(view, form) | (where or {})
        return _where(where, place)


Done = tuple[Basket, dict[str, str] | None, str]


def _done(counter: Counter, verb: str, about: str) -> Done:
    """Return the basket afterwards, where to look (None: where he was) and at which article."""
    do = _VERBS.get(verb)
    return (counter.basket, None, "") if do is None else do(counter, about)


def _go(counter: Counter, about: str) -> Done:
    return counter.basket, query(about.removeprefix("?")), ""


def _step(by: int) -> Callable[[Counter, str], Done]:
    def step(counter: Counter, key: str) -> Done:
        found = baskets.split_key(key)
        return (counter.basket.step(key, by), None, _place(key)) if found else (counter.basket, None, "")

    return step


def _drop(counter: Counter, key: str) -> Done:
    return counter.basket.dropped(key), {"step": "check", "told": "dropped"}, ""


def _clear(counter: Counter, _about: str) -> Done:
    return counter.basket.emptied(), {"told": "emptied"}, ""


def _undo(counter: Counter, _about: str) -> Done:
    return counter.basket.back(), {"step": "check"}, ""


def _again(counter: Counter, about: str) -> Done:
    try:
        lines = past.again(counter, UUID(about))
    except ValueError as error:
        raise NotFound("order", about) from error
    wanted = len(past.wanted(counter, UUID(about)))
    told = "again_none" if not lines else "again_part" if len(lines) < wanted else "again"
    return counter.basket.joined(lines), {"step": "check", "told": told}, ""


def _fill(counter: Counter, about: str) -> Done:
    """Begin with another one of an article that is put together."""
    found = baskets.split_key(about)
    if found is None or not counter.is_put_together(found[0]):
        raise NotFound("product", about)
    basket, key = counter.basket.begun(*found)
    fresh = basket.line(key)
    if fresh is None:
        return basket, {"told": "full"}, ""
    return basket.filled(key, counter.desk(fresh).choices), {"inside": key}, ""


def _choose(how: str) -> Callable[[Counter, str], Done]:
    """Return what choosing does: ``about`` is the line, a colon and the path of the option."""

    def choose(counter: Counter, about: str) -> Done:
        key, _, path = about.rpartition(":")
        line = counter.basket.line(key)
        if line is None or line.chosen is None:
            raise NotFound("line", key)
        desk = counter.desk(line)
        row = next((row for step in desk.steps() for row in desk.rows(step.stage) if row.path == path), None)
        if row is not None and how == "pick":
            desk.toggle(row)
        elif row is not None:
            desk.step(row, 1 if how == "plus" else -1)
        return counter.basket.filled(key, desk.choices), None, path

    return choose


def _anew(counter: Counter, key: str) -> Done:
    line = counter.basket.line(key)
    if line is None or line.chosen is None:
        raise NotFound("line", key)
    return counter.basket.filled(key, counter.desk(replace(line, chosen=())).choices), None, ""


_VERBS: Mapping[str, Callable[[Counter, str], Done]] = {
    "go": _go, "more": _step(1), "less": _step(-1), "drop": _drop, "clear": _clear, "undo": _undo,
    "again": _again, "fill": _fill, "pick": _choose("pick"), "plus": _choose("plus"),
    "minus": _choose("minus"), "anew": _anew,
}  # fmt: skip


def _confirmed(connection: Connection, counter: Counter, form: Query) -> Done:
    number = form.get("number", "")
    order_id = checkout.order(counter, number, form.get("content", ""))
    if order_id is None:
        return counter.basket, {"step": "check", "told": "moved", "was": _amount(form.get("was", ""))}, ""
    checkout.submit(connection, counter, order_id, counter.at)
    return Basket(), {"done": number}, ""


def _amount(said: str) -> str:
    return said if is_amount(said) else ""


def _here(view: Query, form: Query) -> dict[str, str]:
    """Return where he was; another word to search for begins at the first page of everything."""
    here = {name: view[name] for name in _KNOWN - {"told", "was"} if view.get(name)}
    text = form.get("text", here.get("text", "")).strip()[:60]
    if text != here.get("text", ""):
        here = {"text": text} if text else {}
    return here


def _place(key: str) -> str:
    return key.partition("~")[0]


def _where(query_: Mapping[str, str], place: str = "") -> str:
    said = urlencode({name: value for name, value in query_.items() if value})
    return (f"?{said}" if said else "") + (f"#a-{quote(place.replace('/', '-'))}" if place else "")
