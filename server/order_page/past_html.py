"""What was ordered before, as HTML: how each order stands, what is in it, the same once more."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fieldcrm.services.order_list import LineRow, OrderDetail
from server import languages
from server.order_page import words as wording
from server.order_page.frame import button, leads, money, number, sums, whole
from server.order_page.words import Words


def past(orders: Sequence[OrderDetail], words: Words) -> str:
    """Return his last orders, the newest opened."""
    made = "".join(_order(each, words, is_open=n == 0) for n, each in enumerate(orders))
    empty = f"<p class=strong>{words['no_past']}</p><p class=soft>{words['no_past_do']}</p>"
    body = (
        f"<div class=top><h1>{words['past']}</h1>{leads(words['to_shop'], {'shelf': ''}, 'link')}</div>"
        f"{made or empty}<p></p>"
    )
    return whole(body, words)


def _order(order: OrderDetail, words: Words, *, is_open: bool) -> str:
    row = order.row
    said, tone = wording.status(words, row)
    tone = {"warn": "amber"}.get(tone, tone)
    return (
        f"<details{' open' if is_open else ''}><summary><span class=strong>{escape(row.number)}</span> · "
        f"<span class=n>{languages.day(row.ordered_on, words['lang'])}</span><br>"
        f"<span class='{tone} small'>{said}</span> "
        f"<span class='n strong'>{money(row.total)}</span></summary>{lines(order, words)}"
        f"<p>{button(words['again'], f'again:{row.id}', 'wide')}</p></details>"
    )


def lines(order: OrderDetail, words: Words) -> str:
    """Return the lines of an order with its total, the wanted day and the note."""
    day = languages.day(order.wanted_on, words["lang"]) if order.wanted_on else ""
    wanted = f"<p class=soft>{words['day_wanted'].format(day=day)}</p>" if day else ""
    note = f"<p class=soft>{escape(order.note)}</p>" if order.note else ""
    total = sums([(words["total"], money(order.row.total), "total")])
    return f"{''.join(_line(each, words) for each in order.lines)}{total}{wanted}{note}"


def _line(line: LineRow, words: Words) -> str:
    gift = line.gift_value is not None
    amount = words["gift"] if gift else money(line.net)
    many = f"{number(line.quantity)} {line.unit}"
    if not gift:
        many += f" × {money(line.unit_price)}"
    parts = "".join(
        f"<br><span class='soft small'>{'&#160;' * 4 * part.depth}{escape(part.name)} × "
        f"{number(part.quantity)} {escape(part.unit)}</span>"
        for part in line.parts
    )
    return (
        f"<div class=sum><span>{escape(line.name)}<br><span class='soft small'>{escape(many)}</span>{parts}"
        f"</span><span class=n>{escape(amount)}</span></div>"
    )
