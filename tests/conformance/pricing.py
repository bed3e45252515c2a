"""Pricing cases through the product's own kernel: what came out, and how it differs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import Any

from fieldcrm.errors import FieldCrmError, RuleBroken
from fieldcrm.rules.pricing import (
    Rules,
    bills,
    books,
    configuration,
    conflicts,
    goods_rebates,
    kernel,
    rebates,
)
from tests.conformance import earning, probes, vocabulary
from tests.conformance.vocabulary import Given, number

PROSE = {"error", "note", "invariant", "why", "comment", "nothing_saved", "reason"}
_TIE = {
    "TIE",
    "TIED",
    "AMBIGUOUS",
    "AMBIGUITY",
    "CONFLICT",
    "CONFLICTING",
    "PRIORITY",
    "DUPLICATE",
    "EQUAL",
    "OVERLAP",
    "OVERLAPPING",
    "UNDECIDED",
}
_REBATE = {"REBATE", "LIMIT"}
_AMOUNT = {"QTY", "QUANTITY"}
MEANINGS: dict[str, set[str]] = {
    "price_not_found": {"PRICE", "FOUND", "UNPRICED"},
    "price_tie": _TIE,
    "price_doubled": _TIE,
    "promotion_tie": _TIE,
    "price_not_positive": {"PRICE", "POSITIVE", "ZERO"},
    "below_floor": {"FLOOR", "MIN", "MINIMUM", "BELOW"},
    "unit_unknown": {"UNIT", "UNITS", "UOM", "CONVERSION"},
    "product_unknown": {"PRODUCT", "UNKNOWN", "PRICE"},
    "product_withdrawn": {"PRODUCT", "WITHDRAWN", "INACTIVE"},
    "quantity_not_positive": {*_AMOUNT, "POSITIVE", "NEGATIVE"},
    "quantity_too_large": {*_AMOUNT, "LARGE"},
    "quantity_tie": {
        *_AMOUNT, "TIE", "DEPENDENCY", "DEPENDS", "RULE", "RATIO", "CONSTRAINT", "REQUIRED", "REQUIRES",
        "REQUIRE", "MISSING",
    },
    "not_sellable": {"SELLABLE", "RANGE", "DENIED"},
    "rebate_limit": {*_REBATE, "EXCEEDED"},
    "rebate_balance": {*_REBATE, "BALANCE", "INSUFFICIENT", "ENOUGH", "EXCEEDED"},
    "rebate_expired": {*_REBATE, "EXPIRED", "VALID"},
    "rebate_unknown": {*_REBATE, "UNKNOWN"},
    "discount_too_high": {"DISCOUNT", "HIGH", "REFUSED", "APPROVAL"},
    "manual_price": {"PRICE", "MANUAL"},
    "required_missing": {"REQUIRED", "MISSING"},
    "choose_count": {"CHOOSE", "COUNT"},
    "quantity_range": {*_AMOUNT, "RANGE"},
    "quantity_step": {*_AMOUNT, "STEP", "MULTIPLE"},
    "excluded": {
        "EXCLUDED", "EXCLUSION", "EXCLUSIVE", "EXCLUDES", "CONFLICT", "INCOMPATIBLE", "MUTUALLY",
    },
    "dependency": {"DEPENDENCY", "REQUIRES", "REQUIRED", "DEPENDS", "MISSING"},
    "not_an_option": {"OPTION", "HIDDEN", "UNKNOWN"},
    "bom_cycle": {"CYCLE", "CYCLIC", "LOOP", "CIRCULAR", "RECURSIVE", "RECURSION"},
    "period_reversed": {"PERIOD", "DATE", "DATES", "VALIDITY"},
    "tiers_not_rising": {"TIER", "TIERS"},
    "one_benefit_needed": {"BENEFIT", "GIVE"},
    "out_of_range": {"RANGE", "AMOUNT", "PERCENT", "INVALID", "NEGATIVE"},
    "budget_passed": {"BUDGET"},
}  # fmt: skip


def differences(case: Mapping[str, Any]) -> list[str]:
    """Return what a case expected and did not get; nothing when it passes."""
    if "expected" not in case and not case.get("probes"):
        return ["it expects nothing"]
    found: list[str] = []
    if "expected" in case:
        found += _compare(case["given"], case["expected"])
    for n, probe in enumerate(case.get("probes", ()), start=1):
        given = probes.changed(case["given"], probe.get("change", {}))
        found += [f"probe {n}: {text}" for text in _compare(given, probe["expected"])]
    return found


def _compare(given: Given, expected: Given) -> list[str]:
    try:
        result: Outcome | FieldCrmError = Outcome(given)
    except FieldCrmError as error:
        result = error
    tries = [_against(result, given, each) for each in expected.get("any_of", [expected])]
    return [] if [] in tries else tries[0]


def _against(result: Outcome | FieldCrmError, given: Given, expected: Given) -> list[str]:
    if isinstance(result, FieldCrmError):
        wanted = expected.get("error")
        return _error_differs(result, wanted, given) if wanted else [f"unexpected error {result}"]
    if expected.get("error"):
        return [f"expected the error {expected['error']['kind']}, got a result"]
    asked = {
        name: value
        for name, value in expected.items()
        if result.answer_to(name, value) or not _is_prose(name, value)
    }
    found = [text for name, value in asked.items() for text in result.differs(name, value)]
    return found if asked else ["it expects nothing that can be compared"]


def _is_prose(name: str, value: Any) -> bool:
    """Say whether a case says something in words, for its reader."""
    return name in PROSE or (isinstance(value, str) and " " in value.strip())


def _error_differs(error: FieldCrmError, wanted: Given, given: Given) -> list[str]:
    words = set(wanted["kind"].upper().split("_"))
    if not words & MEANINGS.get(error.code, {error.code.upper()}):
        return [f"expected the error {wanted['kind']}, got {error.code}"]
    known = {
        str(row["code"]) for name in ("products", "rebates", "promotions") for row in given.get(name, ())
    }
    if error.data.get("rebate") == rebates.AUTO:
        known -= {str(row["code"]) for row in given["rebates"]}
    about = {word for word in re.split(r"[\s,]+", str(wanted.get("about", ""))) if word in known}
    said = " ".join(str(value) for value in error.data.values())
    missing = sorted(word for word in about if word not in said)
    return [f"{error.code} does not name {', '.join(missing)}"] if missing else []


ALSO_CALLED = {
    "budget_used": ("budget_used",),
    "balance_after": ("balance",),
    "promotions": ("applied", "promotions"),
    "components": ("explo", "component", "parts", "leaves", "material"),
    "earned": ("earn", "accru"),
    "carried": ("carr", "remainder"),
}  # fmt: skip


def _called(name: str, wanted: Any) -> str:
    """Return the name by which ``Outcome`` answers: cases may word one thing in several ways."""
    if name == "rebate_used" and isinstance(wanted, dict):
        return "rebates"
    return next((ours for ours, parts in ALSO_CALLED.items() if any(part in name for part in parts)), name)


class Outcome:
    """What the product makes of one ``given``; every name a case may expect is answered here."""

    def __init__(self, given: Given) -> None:
        self.given = given
        if vocabulary.is_chosen(given):
            configuration.check(vocabulary.configuration(given["bom"]), vocabulary.choices(given))
        self.rules = vocabulary.rules(given)
        _check_books(self.rules)
        conflicts.check_promotions(
            [vocabulary.promotion_of(row) for row in given.get("promotions", ())], self.rules.products
        )
        self.cart = vocabulary.cart(given)
        levels = vocabulary.levels(given)
        parts = bills.of_parts(levels)
        for parent in levels:
            bills.explode(parts, parent, {})
        self.priced = kernel.price(self.cart, self.rules)
        self.parts = {
            part: quantity * line.quantity
            for line in self.cart.lines
            if line.product in levels
            for part, quantity in bills.explode(parts, line.product, {}).items()
        }

    def differs(self, name: str, wanted: Any) -> list[str]:
        """Return how the answer to ``name`` differs from ``wanted``."""
        answer = self.answer_to(name, wanted)
        if answer is None:
            return [f"{name}: the runner has no word for it"]
        if name in ("lines", "gifts"):
            return list(answer(wanted))
        got = answer()
        return [] if _same(got, wanted) else [f"{name}: expected {wanted}, got {got}"]

    def answer_to(self, name: str, wanted: Any) -> Callable[..., Any] | None:
        """Return what answers to ``name``; None for a word the runner does not know."""
        if name in ("lines", "gifts"):
            return self._lines_differ if name == "lines" else self._gifts_differ
        return getattr(self, f"_say_{_called(name, wanted)}", None)

    def _lines_differ(self, wanted: list[Given]) -> list[str]:
        lines = {line.key: line for line in self.priced.lines}
        if len(lines) != len(wanted):
            return [f"lines: expected {len(wanted)}, got {len(lines)}"]
        found = []
        for row in wanted:
            line = lines[str(row["line"])]
            got = {
                "line": line.key, "product": line.product, "qty": line.quantity, "unit": line.unit,
                "unit_price": line.unit_price, "gross": line.gross_amount,
                "discount": line.discount_amount, "net": line.net_amount, "price_book": line.book,
                "tax": line.tax_amount, "rebate": line.rebate_amount, "tax_rate": line.tax_rate,
                "promotions": [
                    step.facts for step in line.steps if step.kind == "promotion"
                ],
            }  # fmt: skip
            for name, value in row.items():
                if name not in got and _is_prose(name, value):
                    continue
                if name not in got:
                    found.append(f"line {row['line']} {name}: the runner has no word for it")
                elif not _same(got[name], value):
                    found.append(f"line {row['line']} {name}: expected {value}, got {got[name]}")
        return found

    def _gifts_differ(self, wanted: list[Given]) -> list[str]:
        got = [
            {"product": gift.product, "qty": gift.quantity, "unit": gift.unit,
             "by": gift.promotion.removeprefix(goods_rebates.BY),
             "value": gift.value}
            for gift in self.priced.gifts
        ]  # fmt: skip
        left = list(got)
        for row in wanted:
            match = next((gift for gift in left if all(_same(gift.get(k), v) for k, v in row.items())), None)
            if match is None:
                return [f"gifts: expected {wanted}, got {got}"]
            left.remove(match)
        return [f"gifts: expected {wanted}, got {got}"] if left else []

    def _say_goods_net(self) -> Decimal:
        return self.priced.goods_net

    def _say_tax(self) -> Decimal:
        return self.priced.tax

    def _say_rebate_used(self) -> Decimal:
        return self.priced.rebate_used

    def _say_rebates(self) -> dict[str, Decimal]:
        return dict(self.priced.rebates)

    def _say_discount(self) -> Decimal:
        return sum((line.discount_amount for line in self.priced.lines), Decimal())

    def _say_discount_percent(self) -> Decimal:
        return self.priced.approval.percent if self.priced.approval else Decimal()

    def _say_payable(self) -> Decimal:
        return self.priced.payable

    def _say_tax_included(self) -> bool:
        return all(line.tax_included for line in self.priced.lines)

    def _say_net_of_tax(self) -> Decimal:
        result = self.priced
        return result.payable - result.tax

    def _say_sets(self) -> int:
        return sum(applied.times for applied in self.priced.applied)

    def _say_balance_after(self) -> dict[str, Decimal]:
        used = dict(self.priced.rebates)
        return {each.key: each.balance - used.get(each.key, Decimal()) for each in self.rules.rebates}

    def _say_budget_used(self) -> dict[str, Decimal] | Decimal:
        spent = {each.promotion: each.amount + each.gift_value for each in self.priced.applied}
        after = {
            row["code"]: number(row.get("budget_used") or 0) + spent.get(row["code"], Decimal())
            for row in self.given.get("promotions", ())
            if row.get("budget") is not None
        }
        return next(iter(after.values())) if len(after) == 1 else after

    def _say_status(self) -> str:
        approval = self.priced.approval
        return "pending" if approval and approval.pending else "approved"

    def _say_by(self) -> str | None:
        approval = self.priced.approval
        return approval.by if approval else None

    def _say_valid(self) -> bool:
        return True

    def _say_unit_price(self) -> Decimal:
        return self.priced.lines[0].unit_price

    def _say_components(self) -> dict[str, Decimal]:
        return self.parts

    def _say_promotions(self) -> list[dict[str, Any]]:
        return [
            {
                "promotion": each.promotion,
                "amount": each.amount,
                "times": each.times,
                "value": each.gift_value,
            }
            for each in self.priced.applied
        ]

    def _say_earned(self) -> dict[str, Decimal] | Decimal:
        return self._of_earning(0)

    def _say_carried(self) -> dict[str, Decimal] | Decimal:
        return self._of_earning(1)

    def _of_earning(self, place: int) -> dict[str, Decimal] | Decimal:
        earned = {
            row["code"]: earning.earned(row, self.cart, self.priced, self.rules)[place]
            for row in self.given.get("rebates", ())
            if row.get("earn")
        }
        return next(iter(earned.values())) if len(earned) == 1 else earned


def _check_books(rules: Rules) -> None:
    """Refuse what could not decide; a price too low is refused by the price itself, where it is asked for."""
    for book in rules.books:
        try:
            books.check([book], rules.products)
        except RuleBroken as error:
            if error.code not in {"below_floor", "price_not_positive"}:
                raise
    for one, other in combinations(rules.books, 2):
        books.check_pair(one, other, rules.products)


def _same(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, list) and isinstance(got, list):
        return len(got) == len(wanted) and all(map(_same, got, wanted))
    if isinstance(got, Mapping) and "promotion" in got and isinstance(wanted, str):
        return bool(got["promotion"] == wanted)
    if isinstance(wanted, dict) and isinstance(got, dict):
        return all(_same(got.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, dict) and ("amount" in wanted or "qty" in wanted):
        return _same(got, wanted.get("amount", wanted.get("qty")))
    if isinstance(wanted, dict) and len(wanted) == 1:
        return _same(got, next(iter(wanted.values())))
    if isinstance(got, bool) or isinstance(wanted, bool) or got is None or wanted is None:
        return got is wanted
    try:
        return Decimal(str(got)) == Decimal(str(wanted))
    except InvalidOperation:
        return str(got) == str(wanted)
