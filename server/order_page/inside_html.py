"""Putting an article together as HTML: every option is a button with its price, or says why it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from fieldcrm.rules.pricing.choices import State
from fieldcrm.services.configuring import Desk, Row, Step
from server.order_page import words as wording
from server.order_page.basket import Line
from server.order_page.frame import bar, button, leads, money, number, whole
from server.order_page.words import Words

_IN = (State.CHOSEN, State.REQUIRED)


@dataclass(frozen=True, slots=True)
class Inside:
    """One line while it is put together; ``back`` is where he came from."""

    line: Line
    name: str
    desk: Desk
    back: Mapping[str, str]


def inside(shown: Inside, words: Words) -> str:
    """Return every group to choose from with its options."""
    desk = shown.desk
    steps = desk.steps()
    body = (
        f"<div class=top><div><span class='soft small'>{words['inside_title']}</span>"
        f"<h1>{escape(shown.name)}</h1></div>"
        f"{button(words['anew'], f'anew:{shown.line.key}', 'link') if desk.chosen else ''}</div>"
        f"{_always(desk, words)}{''.join(_step(shown, step, words) for step in steps)}"
        f"{_foot(shown, steps, words)}"
    )
    return whole(body, words)


def _always(desk: Desk, words: Words) -> str:
    of = desk.known.rules.bills.get(desk.host)
    if of is None or not of.parts:
        return ""
    held = words["comma"].join(
        desk.name(product) + (f" × {number(many)}" if many != 1 else "") for product, many in of.parts.items()
    )
    return f"<p class='soft small'>{escape(words['always_in'].format(names=held))}</p>"


def _step(shown: Inside, step: Step, words: Words) -> str:
    group = step.stage.group
    within = words["in"].format(name=shown.desk.name(step.stage.host)) if step.depth else ""
    facts = " · ".join(part for part in (wording.of_group(words, group), within) if part)
    tone = "amber" if step.lacking else "soft"
    options = "".join(_option(shown, row, words) for row in shown.desk.rows(step.stage))
    deep = " class=deep" if step.depth else ""
    return (
        f"<section{deep}><h2>{escape(group.name)}</h2><p class='{tone} small'>{escape(facts)}</p>"
        f"{options}</section>"
    )


def _option(shown: Inside, row: Row, words: Words) -> str:
    answer, desk = row.answer, shown.desk
    key = f"{shown.line.key}:{row.path}"
    place = f"a-{row.path.replace('/', '-')}"
    why = ""
    if answer.why is not None:
        said = wording.why(words, answer.why, desk.name, is_open=answer.state is State.OPEN)
        why = f"<span class='small{'' if answer.state is State.CLOSED else ' amber'}'>{escape(said)}</span>"
    facts = f"{_facts(row, desk, words)}{why}"
    name = f"<span class=grow>{escape(desk.name(answer.option.product))}{facts}</span>"
    mark = f"<span class='mark{' one' if row.is_one else ''}'></span>"
    price = f"<span class='n small'>{escape(_price(row, desk, words))}</span>"
    if answer.state is State.CLOSED:
        return f"<div class='opt no' id='{place}' aria-disabled=true>{mark}{name}{price}</div>"
    kind = "opt on" if answer.state in _IN else "opt"
    value = escape(f"pick:{key}", quote=True)
    pressed = "true" if answer.state in _IN else "false"
    made = (
        f"<button class='{kind}' id='{place}' name=do value='{value}' aria-pressed={pressed}>"
        f"{mark}{name}{price}</button>"
    )
    return made + (_steps(key, row, words) if _has_steps(row) else "")


def _has_steps(row: Row) -> bool:
    return row.answer.state in _IN and row.answer.option.least < row.answer.option.most


def _steps(key: str, row: Row, words: Words) -> str:
    return (
        f"<div class='unit end'><span class=step>"
        f"{button('−', f'minus:{key}', '', words['less'])}<output>{number(row.answer.quantity)}</output>"
        f"{button('+', f'plus:{key}', '', words['more'])}</span></div>"
    )


def _facts(row: Row, desk: Desk, words: Words) -> str:
    option = row.answer.option
    unit = desk.unit(option.product)
    if option.least < option.most:
        kind = "range" if option.step == 1 else "steps"
        said = words[kind].format(
            least=number(option.least), most=number(option.most), step=number(option.step)
        )  # fmt: skip
        said = f"{said} {unit}"
        if option.delta and row.answer.state is State.OPEN:
            said += " · " + words["per"].format(price=_signed(option.delta, words), unit=unit)
    elif option.least != 1:
        said = f"{number(option.least)} {unit}"
    else:
        return ""
    return f"<span class='soft small'>{escape(said)}</span>"


def _price(row: Row, desk: Desk, words: Words) -> str:
    """Return by how much the price changes if it is chosen; of what is chosen, what each of it adds."""
    option = row.answer.option
    amount = desk.difference(row)
    if amount is not None:
        return _signed(amount, words) if amount else words["included"]
    if not option.delta:
        return words["included"]
    said = _signed(option.delta, words)
    return words["per"].format(price=said, unit=desk.unit(option.product)) if option.most > 1 else said


def _signed(amount: Decimal, words: Words) -> str:
    return words["plus_price" if amount > 0 else "minus_price"].format(price=money(amount))


def _foot(shown: Inside, steps: list[Step], words: Words) -> str:
    price = shown.desk.price()
    lacking = [step.stage.group.name for step in steps if step.lacking]
    done = shown.desk.is_complete
    said = words["complete"] if done else words["gap"].format(groups=words["comma"].join(lacking))
    unit = words["for"].format(unit=shown.line.unit)
    left = (
        f"<span class=price>{money(price) if price is not None else '—'}</span> "
        f"<span class='soft small'>{escape(unit)}</span><br>"
        f"<span class='small {'ok' if done else 'amber'}'>{escape(said)}</span>"
    )
    text = words["ready"] if done else words["later"]
    return bar(left, leads(text, shown.back or {"shelf": ""}, "main" if done else ""))
