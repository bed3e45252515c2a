"""Which part of the page is looked at, by the address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from fieldcrm.errors import NotFound
from server.order_page import check_html, checkout, inside_html, links, past, past_html, shop, shop_html
from server.order_page.counter import Counter, at_counter
from server.order_page.inside_html import Inside
from server.order_page.shop import View
from server.order_page.words import Words


def view(connection: Connection, token: str, query: Mapping[str, str], words: Words, at: datetime) -> str:
    """Return what an address shows; ``NotFound`` when it shows nothing."""
    with links.session_of(connection) as session:
        counter = at_counter(session, token, at)
        told = query.get("told", "")
        if number := query.get("done"):
            return check_html.done(past.made(counter, number), words)
        if key := query.get("inside"):
            return _inside(counter, key, query, words)
        if query.get("step") == "check":
            return check_html.checked(checkout.checked(counter), words, told, query.get("was", ""))
        if query.get("step") == "past":
            return past_html.past(past.details(counter), words)
        return shop_html.shop(shop.shop(counter, _view(query)), words, told)


def _view(query: Mapping[str, str]) -> View:
    first = query.get("first", "")
    page = int(first) if first.isdecimal() and len(first) < 7 else 0
    return View(query.get("shelf", ""), query.get("text", "").strip(), page)


def _inside(counter: Counter, key: str, query: Mapping[str, str], words: Words) -> str:
    line = counter.basket.line(key)
    if line is None or line.chosen is None:  # taken out meanwhile, in another window
        return check_html.checked(checkout.checked(counter), words)
    back = {name: said for name, said in query.items() if name in ("step", "shelf", "text", "first")}
    article = counter.article(line.product)
    if article is None:
        raise NotFound("product", line.product)
    return inside_html.inside(Inside(line, article.name, counter.desk(line), back), words)
