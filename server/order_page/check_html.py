"""The basket as it will be ordered, as HTML, and what is said when it is ordered."""

from __future__ import annotations

from decimal import Decimal
from html import escape

from fieldcrm.rules.pricing import PricedLine
from fieldcrm.services.order_list import OrderDetail
from server.order_page import past_html
from server.order_page import words as wording
from server.order_page.basket import Line
from server.order_page.checkout import Checked, is_amount, is_day
from server.order_page.frame import bar, button, leads, money, number, stepper, sums, told, whole
from server.order_page.words import Words


def checked(found: Checked, words: Words, code: str = "", was: str = "") -> str:
    """Return what was put together with prices, promotions and gifts, to be confirmed."""
    said = told(words, code, can_undo=found.basket.before is not None, more=_was(found, was, words))
    if not found.basket.lines:
        return whole(said + _empty(words), words)
    priced = {int(line.key): line for line in found.bill.quote.priced.lines}
    of_key = {line.key: priced.get(n) for n, line in enumerate(found.bill.lines)}
    wrong = {
        found.bill.lines[int(each.line)].key: wording.problem(words, each.code)
        for each in found.bill.quote.problems
    }
    lines = "".join(_line(found, line, of_key.get(line.key), wrong, words) for line in found.basket.lines)
    body = (
        f"<div class=top><h1>{words['check']}</h1>{button(words['clear'], 'clear:', 'link')}</div>"
        f"<p class=soft>{escape(found.account)}</p>{said}{lines}{_gifts(found, words)}"
        f"{_benefits(found, words)}{_sums(found, words)}{_terms(found, words)}"
        f"<p>{leads(words['to_shop'], {'shelf': ''}, 'wide')}</p>{_foot(found, words)}"
    )
    return whole(body, words)


def _was(found: Checked, was: str, words: Words) -> str:
    if not is_amount(was) or Decimal(was) == found.bill.total:
        return ""
    return words["was"].format(was=money(Decimal(was)), now=money(found.bill.total))


def _empty(words: Words) -> str:
    return (
        f"<div class=top><h1>{words['empty']}</h1></div><p class=soft>{words['empty_do']}</p>"
        f"<p>{leads(words['to_shop'], {'shelf': ''}, 'main wide')}</p>"
        f"<p>{leads(words['past'], {'step': 'past'}, 'wide')}</p>"
    )


def _line(
    found: Checked, line: Line, priced: PricedLine | None, wrong: dict[str, str], words: Words
) -> str:  # fmt: skip
    name = found.names.get(str(line.product), "") or "—"
    facts = []
    if priced is not None:
        facts.append(words["each"].format(price=money(priced.unit_price), unit=line.unit))
        if priced.discount_amount:
            facts.append(words["off"].format(amount=money(priced.discount_amount)))
    why = wrong.get(line.key, "")
    if line.quantity is None:
        why = words["wrong"].format(said=line.said)
    net = f"<span class='n strong'>{money(priced.net_amount)}</span>" if priced is not None else ""
    within = found.insides.get(line.key)
    said = words["comma"].join(within or ()) or words["nothing_inside"]
    held = "" if within is None else f"<p class='small soft'>{escape(said)}</p>"
    change = "" if within is None else leads(words["change"], {"inside": line.key}, "link")
    error = f"<p class='bad small'>{escape(why)}</p>" if why else ""
    field = stepper(line.key, line.said, f"{name} {line.unit}", words, wrong=line.quantity is None)
    return (
        f"<div class=item id='a-{line.product}'><div class=row><p class='grow strong'>{escape(name)}</p>{net}"
        f"</div><p class='small soft'>{escape(' · '.join(facts) or line.unit)}</p>{held}{error}"
        f"<div class=unit><span class=row>{button(words['drop'], f'drop:{line.key}', 'link')}{change}</span>"
        f"{field}</div></div>"
    )


def _gifts(found: Checked, words: Words) -> str:
    by = {each.promotion: each.label for each in found.bill.quote.priced.applied}
    return "".join(
        f"<div class=item><div class=row>"
        f"<p class='grow strong'>{escape(found.names.get(gift.product, ''))}</p>"
        f"<span class=n>{number(gift.quantity)} {escape(gift.unit)}</span></div>"
        f"<p class='small ok'>{escape(_by(by.get(gift.promotion, ''), words))}</p></div>"
        for gift in found.bill.quote.priced.gifts
    )


def _by(label: str, words: Words) -> str:
    return words["gift_by"].format(by=label) if label else words["gift"]


def _benefits(found: Checked, words: Words) -> str:
    """Name every promotion that took something off."""
    rows = [
        (each.label or each.promotion, f"−{money(each.amount)}", "ok")
        for each in found.bill.quote.priced.applied if each.amount
    ]  # fmt: skip
    return f"<h2>{words['benefits']}</h2>{sums(rows)}" if rows else ""


def _sums(found: Checked, words: Words) -> str:
    priced = found.bill.quote.priced
    tax = (words["tax" if priced.tax_on_top else "in_tax"], money(priced.tax), "soft")
    total = (words["total"], money(priced.payable), "total")
    rows = [tax, total] if priced.tax_on_top else [total, tax]
    error = found.bill.quote.broken
    why = f"<p class='bad'>{escape(wording.broken(words, error.code))}</p>" if error is not None else ""
    return f"<div class=pages>{sums(rows)}</div>{why}"


def _terms(found: Checked, words: Words) -> str:
    basket = found.basket
    good = is_day(basket.wanted_on, found.today)
    mark = "" if good else " aria-invalid=true"
    why = "" if good else f"<p class='bad small'>{words['wanted_wrong']}</p>"
    return (
        f"<label for=wanted>{words['wanted']}</label><input id=wanted type=date name=wanted_on "
        f"min={found.today.isoformat()} value='{escape(basket.wanted_on, quote=True)}'{mark}>{why}"
        f"<label for=note>{words['note']}</label><textarea id=note name=note maxlength=500 "
        f"placeholder='{words['note_ask']}'>{escape(basket.note)}</textarea>"
    )


def _foot(found: Checked, words: Words) -> str:
    total = money(found.bill.total)
    hidden = "".join(
        f"<input type=hidden name={name} value='{value}'>"
        for name, value in (
            ("number", found.basket.number), ("content", found.bill.content),
            ("was", f"{found.bill.total:.2f}"),
        )
    )  # fmt: skip
    count = words["bar"].format(n=len(found.basket.lines))
    good = is_day(found.basket.wanted_on, found.today)
    said, tone = (count, "soft") if found.can_order or not good else (words["mend"], "bad")
    left = f"<span class=price>{total}</span><br><span class='small {tone}'>{said}</span>"
    can = not found.basket.wrong and found.bill.is_sound
    right = button(words["confirm"], "confirm:", "main") if can else button(words["update"], "keep:")
    return hidden + bar(left, right)


def done(order: OrderDetail, words: Words) -> str:
    """Return that the order is made, with its number and how it stands."""
    row = order.row
    _, tone = wording.status(words, row)
    said = words["done_ok"] if tone == "ok" else words["done_wait"]
    body = (
        f"<div class=top><h1>{words['done']}</h1></div>"
        f"<div class='box {'good' if tone == 'ok' else 'warn'}' role=status>"
        f"<p>{words['number']} <span class='n strong'>{escape(row.number)}</span></p><p>{said}</p></div>"
        f"{past_html.lines(order, words)}"
        f"<p>{leads(words['another_order'], {'shelf': ''}, 'main wide')}</p>"
        f"<p>{leads(words['past'], {'step': 'past'}, 'wide')}</p>"
    )
    return whole(body, words)
