"""What an order costs, in words: promotions, gifts, what did not apply and why, who must agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from fieldcrm.clock import business_day
from fieldcrm.errors import FieldCrmError
from fieldcrm.model.prices import OnChange
from fieldcrm.rules.pricing import Priced, Step, trace
from fieldcrm.rules.pricing.values import Applied, Approval
from fieldcrm.rules.slices import Limit, Named
from fieldcrm.services.products import Article
from fieldcrm.services.slices import Share
from fieldcrm.ui import errors, formats
from fieldcrm.ui.i18n import mark, prose, tr
from fieldcrm.ui.limits import lost as called_back
from fieldcrm.ui.orders.reading import Counter, Honour

_ROLES = {
    "manager": mark("the manager"),
    "director": mark("the director"),
    "finance": mark("the finance department"),
    "admin": mark("the office"),
}
_LOST = {
    "": mark("its condition is not met"),
    "used_up": mark("this store has used it as often as it may"),
    "used_up_by_all": mark("it was used as often as it may be"),
    "budget_spent": mark("its budget is spent"),
    "set_incomplete": mark("the set is not complete"),
    "no_room": mark("the price can go no lower"),
    "gift_not_sold": mark("its gift may not be sold to this customer"),
}


def role(name: str | None) -> str:
    """Return who agrees to a discount."""
    return tr(_ROLES.get(name or "", "the office"))


def given(priced: Priced, name: Callable[[str], str]) -> list[str]:
    """Return what promotions take off and give, one sentence each; ``name`` names an article."""
    said = [
        tr("“{name}”: {amount}", name=label, amount=formats.money(-amount))
        for label, amount in reductions(priced)
    ]
    return said + gifts(priced, name)


def reductions(priced: Priced) -> list[tuple[str, Decimal]]:
    """Return what promotions take off, each with its name."""
    return [(each.label or each.promotion, each.amount) for each in priced.applied if each.amount]


def gifts(priced: Priced, name: Callable[[str], str]) -> list[str]:
    """Return what comes along for nothing."""
    return [
        tr("Gift: {name}, {quantity} (worth {value})", name=name(gift.product),
           quantity=formats.quantity(gift.quantity, gift.unit), value=formats.money(gift.value))
        for gift in priced.gifts
    ]  # fmt: skip


_LIMITED = {"budget_spent": Limit.BUDGET, "used_up_by_all": Limit.USES, "used_up": Limit.TURN}


def why_not(steps: Iterable[Step], shares: Mapping[Named, Share] = MappingProxyType({})) -> list[str]:
    """Return why promotions did not apply, one sentence each; ``shares`` is what this laptop was given."""
    return [
        tr("“{name}”: {reason}", name=step.facts.get("promotion", ""),
           reason=_no_share(step.facts, shares) or _lost(step.facts))
        for step in lost(steps)
    ]  # fmt: skip


def lost(steps: Iterable[Step]) -> list[Step]:
    """Return the reasons of promotions that did not apply."""
    return [step for step in steps if step.kind == "promotion_lost"]


def _no_share(facts: Mapping[str, Any], shares: Mapping[Named, Share]) -> str:
    """Say that it is this laptop's share that is missing, and what helps; empty when it is not that."""
    limit, code = _LIMITED.get(str(facts.get("reason"))), str(facts.get("code"))
    mine = [
        share
        for (kind, key), share in shares.items()
        if kind == limit and (limit is Limit.TURN or key == code)
    ]
    if not mine or mine[0].left > 0:
        return ""
    if mine[0].given and mine[0].lost is None:
        return tr("this laptop's share of it is used up; sync for more")
    return called_back.after(tr("this laptop has no share of it; sync to get one"), mine[0])


def left_of_shares(used: Iterable[Applied], shares: Mapping[Named, Share]) -> list[str]:
    """Return what is left of this laptop's shares after an order, one sentence each."""
    said = []
    for each in used:
        name, money = each.label or each.promotion, shares.get((Limit.BUDGET, each.promotion))
        if money is not None:
            left = formats.money(money.left - each.amount - each.gift_value)
            said.append(tr("{left} left in your share of “{name}”", name=name, left=left))
        times = shares.get((Limit.USES, each.promotion))
        if times is not None:
            said.append(
                tr("“{name}” may be used {n} more times on this laptop", name=name, n=int(times.left) - 1)
            )
    return said


def kept(told: Mapping[str, Any] | None) -> list[str]:
    """Return what an order's trace says of promotions: what they did, then why others did not."""
    said = [
        tr("“{name}”: {amount}", name=each.name, amount=formats.money(-each.amount))
        for each in trace.applied(told)
        if each.amount
    ]
    return said + why_not(trace.why_not(told))


def _lost(facts: Mapping[str, Any]) -> str:
    reason, missing = str(facts.get("reason")), facts.get("missing")
    if reason == "exclusive":
        return tr("“{name}” stands alone", name=facts.get("by", ""))
    if reason == "quantity_passed":
        return tr("only up to a smaller quantity")
    if missing is not None and reason == "amount_short":
        return tr("{amount} more is needed", amount=formats.money(_number(missing)))
    if missing is not None and reason == "quantity_short":
        unit = str(facts.get("unit") or "")
        number = _number(missing)
        return tr("{quantity} more is needed", quantity=formats.quantity(number, unit) if unit else number)
    return tr(_LOST.get(reason, _LOST[""]))


def _number(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def approval(needed: Approval) -> str:
    """Return who must agree to the rep's discount before the order counts."""
    percent = formats.percent(needed.percent / 100)
    if not needed.pending:
        return tr("Your discount of {percent} needs nobody's consent.", percent=percent)
    return tr("Your discount of {percent} needs approval by {who}.", percent=percent, who=role(needed.by))


def broken(error: FieldCrmError, name: Callable[[str], str]) -> str:
    """Return what the order as a whole does wrong, with the article that it is about."""
    found, about = errors.worded(error), name(str(error.data.get("product") or ""))
    said = prose(found.title, found.text)
    if error.code == "quantity_tie" and about:
        needed, other = _number(error.data["needed"]), name(str(error.data["because"]))
        said = tr("at least {n} are needed for {item}.", n=formats.decimal(needed), item=other)
    return tr("{name}: {said}", name=about, said=said) if about else said


def policy(counter: Counter, priced: Priced) -> str:
    """Return what becomes of an order's prices when newer ones are out, by the books they come from."""
    number, today = counter.basis.rulebook.number, counter.basis.on
    books = {line.book for line in priced.lines} or counter.honours.keys()
    held = [counter.honours[book] for book in books if book in counter.honours]
    return honoured(held, number, today, replaced_on(counter.replaced_at)) if number else ""


def honoured(policies: Iterable[Honour], rules: int, today: date, replaced: date | None) -> str:
    """Return what becomes of these prices when the office has newer ones, before anything is sold."""
    strictest = max(policies, key=lambda each: _STRICT.index(each.on_change), default=None)
    number = tr("Rules no. {n}. ", n=rules) if rules else ""
    if strictest is None:
        return number
    if strictest.on_change is OnChange.APPROVE:
        return number + tr("If newer prices are out, somebody must agree to these.")
    if strictest.on_change is OnChange.REPRICE:
        return number + tr("If newer prices are out, the order is priced again and you see the difference.")
    if replaced is None:
        days = tr("If newer prices come out, these are honoured for {n} more days.", n=strictest.honour_days)
        return number + days
    last = replaced + timedelta(strictest.honour_days)
    return number + tr("These prices are honoured until {day}.", day=formats.plain_day(last, today))


def shortage(article: Article, share: Share) -> str:
    """Return how much of a scarce article this laptop may still sell."""
    if not share.given:
        none = tr("{name} is scarce and this laptop has no share of it. Sync to get one.", name=article.name)
        return called_back.after(none, share)
    left = formats.quantity(share.left, article.base_unit)
    said = tr("{name} is scarce: this laptop may sell {left} more. Sync for more.",
              name=article.name, left=left)  # fmt: skip
    return called_back.after(said, share)


_STRICT = (OnChange.HONOUR, OnChange.APPROVE, OnChange.REPRICE)


def replaced_on(moment: Any) -> date | None:
    """Return the day on which other rules begin; None when none are known."""
    return None if moment is None else business_day(moment)
