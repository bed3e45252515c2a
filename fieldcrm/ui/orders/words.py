"""Prices, problems and answers of the office in words; codes and facts come from rules and services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fieldcrm.errors import RuleBroken
from fieldcrm.model.orders import Fulfilment, OrderStatus, Origin
from fieldcrm.rules.pricing import Step
from fieldcrm.rules.pricing.bills import WRONG
from fieldcrm.services.order_list import LineRow, OrderDetail
from fieldcrm.ui import formats
from fieldcrm.ui.configuring import words as configuring
from fieldcrm.ui.i18n import mark, ntr, prose, tr
from fieldcrm.ui.orders import price_words
from fieldcrm.ui.paint import Status

_LEVELS = {
    "list": mark("list price"),
    "territory": mark("area price"),
    "partner": mark("partner price"),
    "group": mark("group price"),
    "customer": mark("this store's own price"),
}
_PROBLEMS = {
    "price_not_found": mark("No price"),
    "product_withdrawn": mark("Withdrawn"),
    "product_unknown": mark("Unknown"),
    "unit_unknown": mark("No such unit"),
    "not_sellable": mark("Not for them"),
    "below_floor": mark("Under floor"),
    "price_tie": mark("Two prices"),
    **dict.fromkeys(("required_missing", "choose_count"), mark("Unfinished")),
    **dict.fromkeys(WRONG - {"required_missing", "choose_count"}, mark("Wrong choice")),
}
_PROBLEM_TEXTS = {
    "price_not_found": mark("No price list of this store has a price for it. Ask the office for one."),
    "product_withdrawn": mark("It is no longer sold. Set its quantity to 0."),
    "product_unknown": mark("It is not on this laptop. Sync first, or set its quantity to 0."),
    "unit_unknown": mark("It is not sold in this unit. Choose another one."),
    "not_sellable": mark("It may not be sold to this store. Set its quantity to 0."),
    "below_floor": mark("Its price is below the lowest allowed. Tell the office."),
    "price_tie": mark("Two price lists claim it. Tell the office which one is right."),
    **dict.fromkeys(WRONG, mark("What goes into it is not chosen as the rules say. Choose it.")),
}


def problem(code: str) -> str:
    """Return what is wrong with a line, short enough for a badge."""
    return tr(_PROBLEMS.get(code, "No price"))


def problem_text(code: str) -> str:
    """Return what is wrong with a line and what to do."""
    return tr(_PROBLEM_TEXTS.get(code, _PROBLEM_TEXTS["price_not_found"]))


def level(name: object) -> str:
    """Return what kind of price a book's is."""
    return tr(_LEVELS.get(str(name), "list price"))


def reasons(steps: Iterable[Step]) -> list[str]:
    """Return why a line costs what it costs, one sentence a step."""
    return [sentence for step in steps if (sentence := _reason(step))]


def _reason(step: Step) -> str:
    facts = step.facts
    if step.kind == "book":
        return _book(facts)
    if step.kind in ("more_specific", "larger_priority"):
        beaten = {"book": facts["book"], "price": formats.money(_amount(facts["price"]))}
        if step.kind == "larger_priority":
            return tr("Its priority is larger than that of “{book}” ({price}).", **beaten)
        levels = {"winner": level(facts["winner"]), "loser": level(facts["level"])}
        return tr("The {winner} goes before the {loser} of “{book}” ({price}).", **levels, **beaten)
    if step.kind == "range":
        return tr("In the range “{name}”.", name=facts["range"])
    if step.kind == "base_price":
        return tr("The set costs {price}.", price=formats.money(_amount(facts["price"])))
    if step.kind == "option":
        return tr("{option}, {n} in it: {amount}", option=facts["option"],
                  n=formats.decimal(_amount(facts["quantity"])),
                  amount=configuring.added(_amount(facts["amount"])))  # fmt: skip
    if step.kind == "rounded":
        exact, amount = f"{_amount(facts['exact']).normalize():f}", formats.money(_amount(facts["amount"]))
        return tr("{exact} rounded to {amount}.", exact=exact, amount=amount)
    if step.kind == "manual":
        return tr("Your price {price}: {amount}", price=formats.money(_amount(facts["price"])),
                  amount=formats.money(-_amount(facts["amount"])))  # fmt: skip
    if step.kind == "promotion":
        amount = formats.money(-_amount(facts["amount"]))
        return tr("Promotion “{name}”: {amount}", name=facts["promotion"], amount=amount)
    return ""


def _book(facts: Mapping[str, Any]) -> str:
    price = formats.money(_amount(facts["price"]))
    said = {
        "book": facts["book"], "level": level(facts["level"]), "price": price,
        "unit": formats.unit(str(facts["unit"]), 1),
    }  # fmt: skip
    least = _amount(facts["min_quantity"])
    if least > 1:
        from_on = formats.quantity(least, str(facts["min_unit"]))
        return tr("“{book}” ({level}): {price} per {unit} from {least} on.", **said, least=from_on)
    return tr("“{book}” ({level}): {price} per {unit}.", **said)


def _amount(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def amount_of_units(quantities: Mapping[str, Decimal]) -> str:
    """Return how much was ordered, unit by unit: 42 箱 3 瓶."""
    return " + ".join(formats.quantity(number, unit) for unit, number in quantities.items())


@dataclass(frozen=True, slots=True)
class Stage:
    """One link of the chain from this laptop to the office's answer."""

    state: Status
    title: str
    fact: str = ""


_FULFILMENT = {
    Fulfilment.BEGUN: (mark("In preparation"), Status.CURRENT),
    Fulfilment.PARTLY: (mark("Partly delivered"), Status.CURRENT),
    Fulfilment.DELIVERED: (mark("Delivered"), Status.DONE),
}
_ORIGINS = {
    Origin.REP: mark("For the customer"),
    Origin.VISIT: mark("From a visit"),
    Origin.QUOTE: mark("From a quote"),
    Origin.REPEAT: mark("Repeated"),
    Origin.SUGGESTED: mark("Suggested"),
    Origin.CUSTOMER: mark("Customer's own"),
}


def origin(of: Origin) -> str:
    """Return what an order came from."""
    return tr(_ORIGINS.get(of, "For the customer"))


def badge(
    status: OrderStatus, *, is_waiting: bool, fulfilment: Fulfilment = Fulfilment.OPEN
) -> tuple[str, Status]:
    """Return an order's state as a badge; what has not left this laptop looks different."""
    if status == OrderStatus.SUBMITTED and is_waiting:
        return tr("To be sent"), Status.QUEUED
    if status == OrderStatus.ACCEPTED and fulfilment in _FULFILMENT:
        text, state = _FULFILMENT[fulfilment]
        return tr(text), state
    return {
        OrderStatus.DRAFT: (tr("Draft"), Status.SAVED),
        OrderStatus.SUBMITTED: (tr("Sent"), Status.SENT),
        OrderStatus.ACCEPTED: (tr("Accepted"), Status.DONE),
        OrderStatus.NEEDS_REVIEW: (tr("Attention"), Status.WARNING),
        OrderStatus.CANCELLED: (tr("Cancelled"), Status.SKIPPED),
    }.get(status, (str(status), Status.INFO))


def chain(detail: OrderDetail, *, is_waiting: bool, saved: str) -> list[Stage]:
    """Return how far an order has come: saved here, sent, answered."""
    status = detail.row.status
    if status == OrderStatus.DRAFT:
        return [
            Stage(Status.SAVED, tr("Saved on this laptop as a draft")),
            Stage(Status.OPEN, tr("Not submitted")),
        ]
    here = Stage(Status.DONE, tr("Saved on this laptop"), saved)
    if is_waiting:
        return [
            here,
            Stage(Status.QUEUED, tr("Waits to be sent"), tr("goes out by itself when online")),
            Stage(Status.OPEN, tr("The office answers")),
        ]
    sent = Stage(Status.DONE, tr("Sent to the office"))
    answers = {
        OrderStatus.ACCEPTED: Stage(
            Status.DONE, tr("Accepted"), tr("number {number}", number=detail.row.number)
        ),
        OrderStatus.NEEDS_REVIEW: Stage(Status.WARNING, tr("Needs attention")),
        OrderStatus.CANCELLED: Stage(Status.SKIPPED, tr("Cancelled")),
    }
    found = [here, sent, answers.get(status, Stage(Status.CURRENT, tr("The office is checking it")))]
    fulfilment = detail.row.fulfilment
    if status == OrderStatus.ACCEPTED and fulfilment in _FULFILMENT:
        text, state = _FULFILMENT[fulfilment]
        found.append(Stage(state, tr(text), _delivered(detail)))
    return found


def delivered(line: LineRow) -> str:
    """Return what of a line is delivered, open and returned; nothing where nobody says."""
    said = []
    if line.delivered is not None:
        said.append(tr("{n} delivered", n=formats.decimal(line.delivered)))
        if line.open:
            said.append(tr("{n} open", n=formats.decimal(line.open)))
    if line.returned:
        said.append(tr("{n} returned", n=formats.decimal(line.returned)))
    return tr(", ").join(said)


def _delivered(detail: OrderDetail) -> str:
    told = [line for line in detail.lines if line.delivered is not None]
    full = sum(1 for line in told if not line.open)
    return tr("{n} of {all} lines complete", n=full, all=len(told)) if told else ""


def paid_from(said: Mapping[str, Any] | None, total: Decimal) -> str:
    """Return what pays an order, in words; empty while that is not settled."""
    if said is None:
        return ""
    parts = {purse: Decimal(str(amount)) for purse, amount in said.items()}
    names = {"prepay": tr("paid ahead {amount}"), "cash": tr("cash {amount}")}
    found = [
        name.format(amount=formats.money(parts[purse])) for purse, name in names.items() if parts.get(purse)
    ]
    left = total - sum(parts.values(), Decimal())
    if left > 0:
        found.append(tr("on credit {amount}", amount=formats.money(left)))
    return " · ".join(found)


@dataclass(frozen=True, slots=True)
class Answer:
    """Why the office did not take an order: a title, what to do, and the lines it is about."""

    title: str
    text: str
    lines: tuple[str, ...] = ()


def answer(detail: OrderDetail) -> Answer:
    """Return the office's objection in words."""
    data = detail.review_data
    said = {
        "price_changed": (
            tr("Prices have changed since"),
            tr("The total is now {new} instead of {old}. Take the new prices, or change the order.",
               new=_money(data.get("new_total")), old=_money(data.get("old_total"))),
        ),
        "gifts_differ": (
            tr("The gifts are other ones now"),
            tr("Take the new prices and gifts, or change the order."),
        ),
        "rules_superseded": (
            tr("Newer rules were already in force"),
            tr("The total is now {new} instead of {old}. Somebody must agree to the old prices.",
               new=_money(data.get("new_total")), old=_money(data.get("old_total")))
            if "new_total" in data
            else tr("It is not sold like this any more. Somebody must agree to the old rules, or change it."),
        ),
        "rules_unknown": (
            tr("The office does not know these rules"),
            tr("Sync, look at the prices once more and send the order again."),
        ),
        "rule_broken": _broken_rule(data, detail),
        "needs_approval": (
            tr("The discount waits for approval"),
            tr("{percent}% off needs {who}. The order waits until then.",
               percent=data.get("percent"), who=price_words.role(data.get("by"))),
        ),
        "credit_exceeded": (
            tr("The credit limit is passed by {over}", over=_money(data.get("over"))),
            tr("Limit {limit}, owed {owed}. Order less, collect first, or wait for the office to release it.",
               limit=_money(data.get("limit")), owed=_money(data.get("owed"))),
        ),
        "balance_short": (
            tr("The customer's account no longer holds that much"),
            tr("Open the order, choose how it is paid and send it again."),
        ),
        "payment_differs": (
            tr("It cannot be paid like this"),
            tr("Open the order, choose how it is paid and send it again."),
        ),
        "stock_short": (
            tr("There is not enough left of a scarce article"), _short(data, detail),
        ),
        "quote_not_ordered": (
            tr("The quote of this order was ordered otherwise"),
            tr("There is another order of it, or the customer's word did not count. Cancel this one."),
        ),
        "withdrawn": (tr("Something is no longer sold"), tr("Take it out and send the order again.")),
        "no_price": (tr("Something has no price"), tr("Take it out, or ask the office for a price.")),
        "configuration_wrong": (
            tr("Something is put together wrongly"),
            tr("Change the order, choose again what goes into it, and send it."),
        ),
        "line_refused": (tr("Some lines cannot be sold like this"), tr("Correct them and send again.")),
    }  # fmt: skip
    title, text = said.get(
        detail.row.review_code or "",
        (tr("The office could not accept it"), tr("Open the order, look at it once more and send it again.")),
    )
    return Answer(title, text, tuple(_said_line(line, detail) for line in data.get("lines", ())))


def _broken_rule(data: Mapping[str, Any], detail: OrderDetail) -> tuple[str, str]:
    """Return which rule of the whole order is broken; what can be done about it is always the same."""
    facts = {name: value for name, value in data.items() if name != "code"}
    broken = RuleBroken(str(data.get("code", "")), **facts)
    why = price_words.broken(broken, lambda key: detail.names.get(key, ""))
    return tr("The order breaks a rule"), prose(why, tr("Open the order, mend it and send it again."))


def _short(data: Mapping[str, Any], detail: OrderDetail) -> str:
    less = tr("Order less of it, or sync and try again.")
    name = detail.names.get(str(data.get("product_id")))
    if name is None or "left" not in data:
        return less
    left, wanted = (formats.decimal(Decimal(str(data.get(each) or 0))) for each in ("left", "wanted"))
    return prose(tr("{name}: {left} left, {wanted} wanted.", name=name, left=left, wanted=wanted), less)


def _said_line(line: Mapping[str, Any], detail: OrderDetail) -> str:
    name = detail.names.get(str(line.get("product_id")), tr("An item"))
    if "old" in line and "new" in line:
        return tr(
            "{name}: {new} instead of {old}", name=name, new=_money(line["new"]), old=_money(line["old"])
        )
    code, about = str(line.get("code", "")), line.get("about")
    inside = configuring.wrong(code, about, _naming(detail)) if isinstance(about, dict) else ""
    return f"{name}: {inside or problem(code)}"


def _naming(detail: OrderDetail) -> configuring.Name:
    return lambda key: detail.names.get(key, tr("An item"))


def _money(text: object) -> str:
    return formats.money(Decimal(str(text))) if text is not None else formats.NONE


def goods(lines: int) -> str:
    """Return how many articles an order holds."""
    return ntr("{n} item", "{n} items", lines)
