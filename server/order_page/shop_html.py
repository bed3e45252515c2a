"""The range as HTML: shelves, articles with a stepper for every unit, the total at the foot."""

from __future__ import annotations

from html import escape

from server.order_page.basket import Line
from server.order_page.frame import bar, button, leads, money, stepper, told, whole
from server.order_page.shop import PAGE, Offer, Shop, UnitOffer
from server.order_page.words import Words


def shop(shown: Shop, words: Words, code: str = "") -> str:
    """Return the range with what was chosen of it."""
    said = told(words, code, can_undo=shown.basket.before is not None)
    offers = "".join(_offer(each, words) for each in shown.offers)
    body = (
        f"<div class=top><div><h1>{escape(shown.account)}</h1>"
        f"<span class='soft small'>{escape(words['from'].format(who=shown.rep))}</span></div>"
        f"{leads(words['past'], {'step': 'past'}, 'link')}</div>{said}{_again(shown, words)}"
        f"{_search(shown, words)}{_shelves(shown, words)}{_wrong(shown, words)}"
        f"{offers or _nothing(shown, words)}{_pages(shown, words)}{_foot(shown, words)}"
    )
    return whole(body, words)


def _again(shown: Shop, words: Words) -> str:
    """Offer the last order once more to who has not begun yet."""
    if shown.last is None or shown.basket.lines:
        return ""
    last = words["last"].format(day=shown.last.ordered_on.isoformat())
    return (
        f"<div class='box row'><span class=grow>{escape(last)}<br>"
        f"<span class=strong>{money(shown.last.total)}</span></span>"
        f"{button(words['again'], f'again:{shown.last.id}', 'main')}</div>"
    )


def _search(shown: Shop, words: Words) -> str:
    return (
        f"<div class=row><input name=text type=search maxlength=60 enterkeyhint=search "
        f"value='{escape(shown.view.text, quote=True)}' placeholder='{words['search_for']}' "
        f"aria-label='{words['search']}'>{button(words['search'], 'keep:')}</div>"
    )


def _shelves(shown: Shop, words: Words) -> str:
    def chip(key: str, name: str, count: int) -> str:
        text = f"{escape(name or words[key])} {count}"
        return leads(text, {"shelf": key}, "chip on" if key == shown.view.shelf else "chip")

    if len(shown.shelves) < 2:
        return "<p></p>"
    chips = "".join(chip(each.key, each.name, each.count) for each in shown.shelves)
    return f"<div class=chips role=group aria-label='{words['shelves']}'>{chips}</div>"


def _wrong(shown: Shop, words: Words) -> str:
    count = len(shown.basket.wrong)
    return f"<p class='box warn' role=alert>{words['wrong_some'].format(n=count)}</p>" if count else ""


def _offer(offer: Offer, words: Words) -> str:
    article = offer.article
    facts = " · ".join(part for part in (article.specification, article.code) if part)
    lines = _filled(offer, words) if offer.filled is not None else "".join(
        _unit(each, article.name, words) for each in offer.units
    )  # fmt: skip
    return (
        f"<div class=item id='a-{article.id}'><p class=strong>{escape(article.name)}</p>"
        f"<p class='soft small'>{escape(facts)}</p>{lines}</div>"
    )


def _unit(each: UnitOffer, name: str, words: Words) -> str:
    said = each.line.said if each.line is not None else ""
    wrong = each.line is not None and each.line.quantity is None
    price = words["each"].format(price=money(each.price), unit=each.unit)
    inside = f"<br><span class='soft small'>{escape(each.inside)}</span>" if each.inside else ""
    why = f"<p class='bad small'>{escape(words['wrong'].format(said=said))}</p>" if wrong else ""
    called = f"{name} {each.unit}"
    return (
        f"<div class=unit><span>{escape(price)}{inside}</span>"
        f"{stepper(each.key, said, called, words, wrong=wrong)}</div>{why}"
    )


def _filled(offer: Offer, words: Words) -> str:
    """Return an article that is put together: what was put together so far, and the way to do so."""
    lines = "".join(_filling(line, inside, offer.article.name, words) for line, inside in offer.filled or ())
    text = words["another"] if offer.filled else words["choose"]
    kind = "link" if offer.filled else ""
    offers = "".join(
        f"<div class=unit><span>{escape(_from(each, words))}</span>"
        f"{button(text, f'fill:{each.key}', kind)}</div>"
        for each in offer.units
    )
    return lines + offers


def _from(each: UnitOffer, words: Words) -> str:
    price = words["each"].format(price=money(each.price), unit=each.unit)
    return words["from_price"].format(price=price)


def _filling(line: Line, inside: tuple[str, ...], name: str, words: Words) -> str:
    wrong = line.quantity is None
    why = f"<p class='bad small'>{escape(words['wrong'].format(said=line.said))}</p>" if wrong else ""
    held = words["comma"].join(inside) or words["nothing_inside"]
    return (
        f"<div class=unit><span class=small>{escape(held)}</span>"
        f"{stepper(line.key, line.said, f'{name} {line.unit}', words, wrong=wrong)}</div>{why}"
        f"{leads(words['change'], {'inside': line.key}, 'link')}"
    )


def _nothing(shown: Shop, words: Words) -> str:
    if shown.view.text:
        said = words["nothing_found"].format(text=shown.view.text)
        return f"<p class=soft>{escape(said)}</p>{leads(words['show_all'], {'shelf': 'all'})}"
    return f"<p class=soft>{words['nothing_sold']}</p>"


def _pages(shown: Shop, words: Words) -> str:
    view, last = shown.view, min(shown.view.first + PAGE, shown.found)
    if shown.found <= PAGE:
        return ""
    here = {"shelf": view.shelf, "text": view.text}

    def turn(text: str, first: int) -> str:
        return leads(text, {name: said for name, said in (here | {"first": str(first)}).items() if said})

    before = turn(words["back"], max(view.first - PAGE, 0)) if view.first else ""
    after = turn(words["on"], last) if last < shown.found else ""
    said = words["page"].format(first=view.first + 1, last=last, found=shown.found)
    return f"<div class='row pages'><span class='soft grow'>{said}</span>{before}{after}</div>"


def _foot(shown: Shop, words: Words) -> str:
    count = len(shown.basket.lines)
    if not count:
        return bar(f"<span class=soft>{words['bar_none']}</span>", "")
    left = (
        f"<span class=price>{money(shown.bill.total)}</span><br>"
        f"<span class='soft small'>{words['bar'].format(n=count)}</span>"
    )
    return bar(left, leads(words["see"], {"step": "check"}, "main"))
