"""What a rule does, in plain words: for the list, beside the form, and on a customer's price list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldcrm.money import CNY
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import is_chinese, listed, mark, ntr, tr
from fieldcrm.ui.prices import words

Doc = Mapping[str, Any]
Named = Callable[[str], str]
_NAMED_AT_MOST = 3
_LEVELS = {
    "customer": mark("customer {names}"), "group": mark("group {names}"),
    "partner": mark("partner {names}"), "territory": mark("territory {names}"),
}  # fmt: skip


def sentence(noun: str, doc: Doc, named: Named) -> str:
    """Return what a rule does; ``named`` tells an article's name by its id."""
    try:
        return _SAYS[noun](doc, named)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        return ""  # half a rule: the form says what is missing


def promotion(doc: Doc, named: Named) -> str:
    """Return a promotion in plain words: about what, when, what comes of it, then its limits."""
    said: Doc = doc.get("conditions") or {}
    tiers: Sequence[Doc] = doc.get("tiers") or ()
    unit = str(said.get("unit") or "")
    if tiers:
        steps = (
            tr(
                "from {threshold}: {benefit}",
                threshold=_threshold(tier, unit),
                benefit=given,
            )
            for tier in tiers
            if (given := _give(tier["give"], named, unit))  # a tier that is still being written says nothing
        )
        does = tr("; ").join(steps)
    else:
        parts = [*_conditions(said, unit), _give(doc.get("give") or {}, named, unit)]
        does = tr(", ").join(part for part in parts if part)
    if not does:
        return ""
    first = tr("{goods}: {does}.", goods=_about(doc, named), does=does)
    return _joined([first, *_limits(doc, said)])


def _about(doc: Doc, named: Named) -> str:
    if doc.get("target") == "order":
        return tr("The whole order")
    goods: Sequence[Doc] = doc.get("goods") or ()
    if doc.get("target") == "bundle":
        parts = [
            tr("{n} × {item}", n=_plain(each.get("quantity", 1)), item=named(each["product_id"]))
            for each in goods
        ]
        return tr("A set of {items}", items=_listed(parts))
    return _listed([named(each["product_id"]) for each in goods])


def _listed(parts: Sequence[str]) -> str:
    shown = listed(parts[:_NAMED_AT_MOST])
    more = len(parts) - _NAMED_AT_MOST
    return tr("{items} and {n} more", items=shown, n=more) if more > 0 else shown


def _conditions(said: Doc, unit: str) -> Iterator[str]:
    if said.get("buy_quantity") is not None:
        bought = quantity(said["buy_quantity"], str(said.get("buy_unit") or unit))
        yield (
            tr("for every {quantity}", quantity=bought)
            if said.get("repeat")
            else tr("from {quantity}", quantity=bought)
        )
    if said.get("every_amount") is not None:
        yield tr("for every {amount}", amount=money(said["every_amount"]))
    if said.get("min_quantity") is not None:
        yield tr("from {quantity}", quantity=quantity(said["min_quantity"], unit))
    if said.get("max_quantity") is not None:
        yield tr("up to {quantity}", quantity=quantity(said["max_quantity"], unit))
    if said.get("min_amount") is not None:
        yield tr("from {amount}", amount=money(said["min_amount"]))


def _threshold(tier: Doc, unit: str) -> str:
    parts = []
    if tier.get("min_quantity") is not None:
        parts.append(quantity(tier["min_quantity"], unit))
    if tier.get("min_amount") is not None:
        parts.append(money(tier["min_amount"]))
    return tr(" and ").join(parts) or "0"


def _give(give: Doc, named: Named, unit: str) -> str:
    said = next(_benefits(give, named, unit), "")
    return tr("{benefit} for each set", benefit=said) if said and give.get("per_set") else said


def _benefits(give: Doc, named: Named, unit: str) -> Iterator[str]:
    if give.get("percent_off") is not None:
        yield tr("{percent} off", percent=percent(give["percent_off"]))
    if give.get("amount_off") is not None:
        yield tr("{amount} off", amount=money(give["amount_off"]))
    if give.get("amount_off_per_unit") is not None:
        yield tr(
            "{amount} off each {unit}",
            amount=money(give["amount_off_per_unit"]),
            unit=formats.unit(unit) or tr("unit"),
        )
    if give.get("fixed_price") is not None:
        yield tr("at {amount} each", amount=money(give["fixed_price"]))
    if give.get("set_price") is not None:
        yield tr("{amount} for the set", amount=money(give["set_price"]))
    if give.get("cheapest_free") is not None:
        yield ntr("the cheapest one is free", "the {n} cheapest are free", int(give["cheapest_free"]))
    gift = give.get("gift")
    if gift:
        given = quantity(gift.get("quantity") or 0, str(gift.get("unit") or ""))
        yield tr("{quantity} of {item} as a gift", quantity=given, item=named(gift["product_id"]))


def _limits(doc: Doc, said: Doc) -> Iterator[str]:
    if said.get("max_times"):
        yield ntr("At most once in an order.", "At most {n} times in an order.", int(said["max_times"]))
    if said.get("cumulative"):
        yield tr("Earlier orders of the period count.")
    if doc.get("max_uses"):
        yield ntr(
            "Each customer may use it once.", "Each customer may use it {n} times.", int(doc["max_uses"])
        )
    if doc.get("max_uses_in_all"):
        number = int(doc["max_uses_in_all"])
        yield ntr("Ends when it was used once.", "Ends when it was used {n} times.", number)
    if doc.get("budget") is not None:
        yield tr("Ends when {amount} are spent.", amount=money(doc["budget"]))
    if doc.get("exclusive"):
        yield tr("Stands alone.")
    if doc.get("whom"):
        yield tr("Only for {whom}.", whom=whom(doc["whom"]))


def _joined(parts: Sequence[str]) -> str:
    return ("" if is_chinese() else " ").join(part for part in parts if part)


def whom(said: Doc) -> str:
    """Return whom a rule means."""
    parts = [
        tr(_LEVELS.get(level, "{names}"), names=_listed(list(map(str, names))))
        for level, names in said.items()
    ]
    return tr(" and ").join(parts)


def period(doc: Doc, today: date) -> str:
    """Return when a rule holds; nothing for always."""
    first, last = _day(doc.get("valid_from")), _day(doc.get("valid_to"))
    if first and last:
        return f"{formats.full_day(first)} – {formats.full_day(last)}"
    if first:
        return tr("from {day}", day=formats.plain_day(first, today))
    return tr("until {day}", day=formats.plain_day(last, today)) if last else ""


def _rebate(doc: Doc, _named: Named) -> str:
    earn: Doc = doc.get("earn") or {}
    said = []
    if earn.get("per_order_percent") is not None:
        said.append(tr("{percent} of each order comes back.", percent=percent(earn["per_order_percent"])))
    if earn.get("tiers"):
        tiers = tr("; ").join(
            tr(
                "from {threshold}: {percent}",
                threshold=_threshold(tier, ""),
                percent=percent(tier["percent"]),
            )
            for tier in earn["tiers"]
        )
        each = words.choice(earn["period"]) if earn.get("period") else tr("Period")
        said.append(tr("{period}: {tiers}.", period=each, tiers=tiers))
    if earn.get("per_quantity") is not None:
        said.append(
            tr(
                "{n} back for every {quantity}.",
                n=_plain(earn.get("give") or 0),
                quantity=_plain(earn["per_quantity"]),
            )
        )
    if doc.get("max_order_percent") is not None:
        said.append(tr("It pays at most {percent} of an order.", percent=percent(doc["max_order_percent"])))
    if doc.get("whom"):
        said.append(tr("Only for {whom}.", whom=whom(doc["whom"])))
    return _joined(said)


def _range(doc: Doc, named: Named) -> str:
    traits = [
        f"{words.trait(name)} {' / '.join(map(str, values))}"
        for name, values in (doc.get("attributes") or {}).items()
    ]
    goods = [named(key) for key in doc.get("products") or ()]
    what = tr(" or ").join(part for part in (_listed(goods), tr(" and ").join(traits)) if part)
    who = whom(doc["whom"]) if doc.get("whom") else tr("everybody")
    if doc.get("allows"):
        return tr("{goods} may be sold to {whom}.", goods=what, whom=who)
    return tr("{goods} may not be sold to {whom}.", goods=what, whom=who)


def _tie(doc: Doc, named: Named) -> str:
    return tr(
        "For every {n} of {item}, {quantity} of {other} are needed.", n=_plain(doc["each_quantity"]),
        item=named(doc["for_each_id"]), quantity=_plain(doc["quantity"]), other=named(doc["require_id"]),
    )  # fmt: skip


def _rung(doc: Doc, _named: Named) -> str:
    share = percent(doc["up_to_percent"])
    if not doc.get("approver"):
        return tr("Up to {percent} off needs nobody's consent.", percent=share)
    return tr("Up to {percent} off needs {who}.", percent=share, who=words.choice(doc["approver"]))


def _product(doc: Doc, _named: Named) -> str:
    units = tr(", ").join(
        tr("{unit} = {n} {base}", unit=each["unit"], n=_plain(each["factor"]), base=doc["base_unit"])
        for each in doc.get("units") or () if each["unit"] != doc["base_unit"]
    )  # fmt: skip
    price = money(doc.get("standard_price") or 0)
    said = [tr("{amount} for one {unit}", amount=price, unit=doc["sales_unit"]), units]
    if doc.get("floor_price") is not None:
        said.append(
            tr("never below {amount} for one {unit}", amount=money(doc["floor_price"]), unit=doc["base_unit"])
        )
    return tr("; ").join(part for part in said if part)


def _cost(doc: Doc, _named: Named) -> str:
    amount = formats.exact_money(_number(doc["cost"]), str(doc.get("currency") or CNY))
    day = _day(doc.get("valid_from"))
    if day is None:
        return tr("{amount} for one base unit, before tax.", amount=amount)
    return tr(
        "{amount} for one base unit, before tax, from {day} on.", amount=amount, day=formats.full_day(day)
    )


def _book(doc: Doc, _named: Named) -> str:
    meant = whom({doc["level"]: [doc["reference"]]}) if doc.get("reference") else tr("everybody")
    after = words.choice(doc.get("on_change"))
    after = after[:1].lower() + after[1:]
    if doc.get("on_change") == "honour":
        after = ntr("honoured for {n} day", "honoured for {n} days", int(doc.get("honour_days") or 0))
    return tr("For {whom}. Orders at older prices: {policy}.", whom=meant, policy=after)


def _bill(doc: Doc, named: Named) -> str:
    nodes = doc.get("nodes") or ()
    fixed = [named(each["product_id"]) for each in nodes if not each.get("group")]
    groups = [
        tr(
            "{group}: {n} to choose from",
            group=each["name"],
            n=sum(node.get("group") == each["name"] for node in nodes),
        )
        for each in doc.get("groups") or ()
    ]
    always = [tr("Always {items}", items=_listed(fixed))] if fixed else []
    return tr("; ").join([*always, *groups])


def _category(doc: Doc, named: Named) -> str:
    if doc.get("parent_id"):
        return tr("Under {category}.", category=named(str(doc["parent_id"])))
    return tr("At the top of the catalogue.")


def _attribute(doc: Doc, named: Named) -> str:
    choices = doc.get("choices") or ()
    kind = words.choice(doc["kind"])
    said = [tr("{kind}.", kind=kind)]
    if choices:
        said = [tr("One of {choices}.", choices=_listed(list(map(str, choices))))]
    elif doc.get("unit"):
        said = [tr("{kind}, in {unit}.", kind=kind, unit=doc["unit"])]
    if doc.get("category_id"):
        said.append(tr("Only for {whom}.", whom=named(str(doc["category_id"]))))
    if doc.get("required"):
        said.append(tr("Every such item has to say it."))
    return _joined(said)


_SAYS: Mapping[str, Callable[[Doc, Named], str]] = {
    "product_category": _category, "product_attribute": _attribute,
    "promotion": promotion, "rebate_program": _rebate, "sellable_range": _range, "quantity_rule": _tie,
    "approval_rung": _rung, "product": _product, "cost_price": _cost, "price_book": _book, "sales_bom": _bill,
}  # fmt: skip


def _number(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(value) from error


def _plain(value: Any) -> str:
    return formats.decimal(_number(value))


def money(value: Any) -> str:
    """Return an amount that stands in a document as text."""
    return formats.money(_number(value))


def percent(value: Any) -> str:
    """Return a percentage that stands in a document as text."""
    return f"{_plain(value)}%"


def quantity(value: Any, unit: str) -> str:
    """Return a quantity that stands in a document as text."""
    return formats.quantity(_number(value), unit) if unit else _plain(value)


def _day(value: Any) -> date | None:
    return date.fromisoformat(str(value)) if value else None
