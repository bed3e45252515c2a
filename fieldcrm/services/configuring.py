"""Putting a configurable article together, step by step and back (P3): on laptops and customers' pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fieldcrm.errors import FieldCrmError, RuleBroken
from fieldcrm.rules.pricing import bills, books, choices, configured
from fieldcrm.rules.pricing.bills import Choices, Node, Stage
from fieldcrm.rules.pricing.choices import Answer, State
from fieldcrm.rules.pricing.sellable import assortment
from fieldcrm.rules.pricing.values import CartLine
from fieldcrm.services.pricing import Basis, DraftLine

Change = Callable[[], dict[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Step:
    """One group to choose from, how many choices it holds and how many it still lacks."""

    stage: Stage
    held: int
    lacking: int
    depth: int

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the step."""
        return self.stage.path, self.stage.group.name


@dataclass(frozen=True, slots=True)
class Row:
    """One option of the step that is shown; ``is_one`` when choosing it takes the place of another."""

    path: str
    answer: Answer
    is_one: bool


@dataclass(slots=True)
class Desk:
    """One article being configured for one customer.

    ``fell_out`` tells that something no longer fitted, ``brought_in`` that a part needed something
    which no group offers: there is nothing to choose about it, so it is in.
    """

    known: Basis
    line: DraftLine
    chosen: dict[str, Decimal] = field(init=False)
    fell_out: bool = field(init=False)
    brought_in: bool = field(init=False)
    _barred: choices.Barred = field(init=False)
    _before: list[dict[str, Decimal]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        rules, kept = self.known.rules, dict(self.line.chosen)
        range_ = assortment(self.known.customer, rules.ranges)
        self._barred = configured.barred(rules.products, rules.bills, range_)
        fitting = choices.fitting(rules.bills, self.host, kept, self._barred)
        self.fell_out = fitting != kept
        self.chosen = choices.brought(rules.bills, self.host, fitting, self._barred)
        self.brought_in = self.chosen != fitting

    @property
    def host(self) -> str:
        """The article that is configured."""
        return str(self.line.product_id)

    def name(self, product: str) -> str:
        """Return an article's name."""
        found = self.known.rules.products.get(product)
        return found.label if found is not None else ""

    def unit(self, product: str) -> str:
        """Return the unit an article is counted in inside a set."""
        found = self.known.rules.products.get(product)
        return found.base_unit if found is not None else ""

    def steps(self) -> list[Step]:
        """Return the groups to go through now: articles with a bill of their own add theirs."""
        found = []
        for stage in bills.stages(self.known.rules.bills, self.host, self.chosen):
            here = bills.level(self.chosen, stage.path)
            held = sum(option.product in here for option in stage.group.options)
            depth = stage.path.count("/") + 1 if stage.path else 0
            of = self.known.rules.bills[stage.host]
            found.append(Step(stage, held, choices.lacking(of, stage.group, here), depth))
        return found

    def needs(self) -> list[tuple[Row, Step]]:
        """Return what something inside needs and can be chosen now, each with its step."""
        needed = choices.dues(self.known.rules.bills, self.host, self.chosen)
        return [
            (row, step)
            for step in (self.steps() if needed else ())
            for row in self.rows(step.stage)
            if row.path in needed and row.answer.state is State.OPEN
        ]

    def rows(self, stage: Stage) -> list[Row]:
        """Return the options of a step; hidden ones are not there at all."""
        of = self.known.rules.bills[stage.host]
        here = bills.level(self.chosen, stage.path)
        answers = choices.answers(of, here, stage.group, self._barred)
        start = f"{stage.path}/" if stage.path else ""
        return [
            Row(start + each.option.product, each, stage.group.most == 1)
            for each in answers
            if each.state is not State.HIDDEN
        ]

    def difference(self, row: Row) -> Decimal | None:
        """Return by how much the price changes when an open option is chosen, what it replaces gone."""
        now = self.price()
        if row.answer.state is not State.OPEN or now is None:
            return None
        all_bills = self.known.rules.bills
        try:
            put = choices.put_at(all_bills, self.host, self.chosen, row.path, barred=self._barred)
        except RuleBroken:
            return None
        then = self._price(choices.brought(all_bills, self.host, put, self._barred))
        return None if then is None else then - now

    def toggle(self, row: Row) -> bool:
        """Choose an open option, or take a chosen one out; False when it is closed or must stay."""
        if row.answer.state is State.OPEN:
            return self.put(row, row.answer.quantity)
        return self._do(lambda: choices.drop_at(self.known.rules.bills, self.host, self.chosen, row.path))

    def put(self, row: Row, quantity: Decimal) -> bool:
        """Choose so many of an option; below the least it is taken out."""
        option = row.answer.option
        if quantity < option.least or quantity <= 0:
            return row.answer.state is State.CHOSEN and self.toggle(row)
        all_bills = self.known.rules.bills
        return self._do(
            lambda: choices.put_at(all_bills, self.host, self.chosen, row.path, quantity, self._barred)
        )

    def step(self, row: Row, by: int) -> bool:
        """Choose one step more or less of an option."""
        if row.answer.state is State.OPEN:
            return by > 0 and self.toggle(row)
        return self.put(row, row.answer.quantity + by * row.answer.option.step)

    def _do(self, change: Change) -> bool:
        try:
            fresh = choices.brought(self.known.rules.bills, self.host, change(), self._barred)
        except RuleBroken:
            return False
        if fresh == self.chosen:
            return False
        self._before.append(self.chosen)
        self.chosen = fresh
        return True

    def clear(self) -> bool:
        """Take everything out."""
        return self._do(dict)

    def undo(self) -> bool:
        """Take the last change back."""
        if not self._before:
            return False
        self.chosen = self._before.pop()
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._before)

    @property
    def choices(self) -> Choices:
        """What is chosen, as a line keeps it."""
        return bills.as_choices(self.chosen)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to choose."""
        return choices.is_complete(self.known.rules.bills, self.host, self.chosen)

    def inside(self) -> Sequence[Node]:
        """Return what is in it so far."""
        return list(bills.nodes(self.known.rules.bills, self.host, self.chosen))

    def price(self) -> Decimal | None:
        """Return what one unit costs so far; None where there is no price."""
        return self._price(self.chosen)

    def _price(self, chosen: dict[str, Decimal]) -> Decimal | None:
        rules, line = self.known.rules, self.line
        held = books.in_force(rules.books, self.known.customer, self.known.on)
        asked = CartLine(
            "0", self.host, line.quantity or Decimal(1), line.unit, None, bills.as_choices(chosen)
        )
        try:
            return configured.unit_price(asked, rules.products[self.host], rules.products, rules.bills, held)[
                0
            ]
        except FieldCrmError:
            return None
