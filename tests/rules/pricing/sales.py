"""Orders over the whole vocabulary of the cases, in a case's own words, drawn at random.

Not strategies of Hypothesis: thousands of carts are cheap this way, and rare borders need thousands.
"""

from __future__ import annotations

from random import Random
from typing import Any

Row = dict[str, Any]

CODES = ["A", "B", "C", "D"]
DAY = "2026-09-15"
LADDER = [{"up_to_percent": "5", "by": None}, {"up_to_percent": "60", "by": "manager"}, {"above": "refuse"}]
BUYER = {"code": "C1", "group": "G1", "territory": "HZ", "partner": "P1"}
UNITS = [{"case": "12"}, {"case": "12"}, {"case": "6", "pack": "3"}, {"case": "7", "pack": "3"}]
BOOKS = {"list": None, "group": "G1", "customer": "C1", "territory": "HZ", "partner": "P9"}
PERIODS = [
    {}, {}, {}, {}, {"valid_from": DAY}, {"valid_to": DAY},
    {"valid_from": "2026-09-16"}, {"valid_to": "2026-09-14"},
]  # fmt: skip
PERCENTS = ["5", "10", "12.5", "33", "50", "99"]


class Sales:
    """Draws orders; the same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def sale(self) -> Row:
        """Return everything a case may give, but what is refused before anything is sold."""
        pick, many = self.chance.choice, self.chance.randint
        rebates = [self._rebate(n) for n in range(pick([0, 0, 1, 2, 3]))]
        return {
            "customer": BUYER, "date": DAY, "products": [self._product(code) for code in CODES],
            "price_books": [self._list(), *(self._book(n) for n in (1, 2) if self._happens(0.3))],
            "promotions": [self._promotion(n) for n in range(many(1, 5))], "rebates": rebates,
            "use_rebate": self._asked(rebates), "history": [self._past() for _ in range(many(0, 3))],
            "sellable": [self._range() for _ in range(pick([0, 0, 0, 0, 0, 0, 1, 2]))],
            "cart": [self._line(n) for n in range(1, many(2, 7))], "approval": LADDER,
        }  # fmt: skip

    def _happens(self, often: float) -> bool:
        return self.chance.random() < often

    def _money(self, least: int, most: int) -> str:
        """Mostly cents, often whole yuan, so that borders are met."""
        if self._happens(0.4):
            return f"{self.chance.randint(least, most)}.00"
        return f"{self.chance.randint(least * 100 + 1, most * 100) / 100:.2f}"

    def _some(self, most: int) -> list[str]:
        return self.chance.sample(CODES, self.chance.randint(1, most))

    def _product(self, code: str) -> Row:
        row: Row = {"code": code, "base_unit": "bottle", "units": self.chance.choice(UNITS)}
        row["tax_rate"] = self.chance.choice(["0", "0.06", "0.13"])
        if self._happens(0.2):
            row["min_price"] = self._money(1, 5)
        if self._happens(0.05):
            row["promotable"] = False
        return row

    def _list(self) -> Row:
        entries = [
            {"product": code, "unit": "bottle", "price": self._money(5, 20), "min_qty": "1",
             "min_qty_unit": "bottle"}
            for code in CODES
        ]  # fmt: skip
        mode = self.chance.choice(["exclusive", "inclusive"])
        return {
            "code": "L",
            "scope": "list",
            "scope_ref": None,
            "priority": 5,
            "tax_mode": mode,
            "entries": entries,
        }

    def _book(self, n: int) -> Row:
        scope = self.chance.choice(list(BOOKS))
        entry = {
            "product": self.chance.choice(CODES), "unit": self.chance.choice(["bottle", "case"]),
            "price": self._money(10, 40), "min_qty": str(self.chance.randint(1, 4)),
            "min_qty_unit": self.chance.choice(["bottle", "case"]),
        }  # fmt: skip
        return {
            "code": f"B{n}", "scope": scope, "scope_ref": BOOKS[scope], "priority": n + 5 * (scope == "list"),
            "tax_mode": "exclusive", "entries": [entry], **self.chance.choice(PERIODS),
        }  # fmt: skip

    def _line(self, n: int) -> Row:
        quantity = self.chance.choice([1, 2, 3, 4, 5, 7, 8, 10, 12, 16, 24])
        unit = self.chance.choice(["bottle", "bottle", "bottle", "case"])
        row = {"line": n, "product": self.chance.choice(CODES), "qty": str(quantity), "unit": unit}
        return row | ({"manual_unit_price": self._money(3, 15)} if self._happens(0.02) else {})

    def _promotion(self, n: int) -> Row:
        alone = self._happens(0.1)
        row = {
            "code": f"K{n}", "mode": "exclusive" if alone else "stackable", "on": self._on(),
            "priority": self.chance.randint(0, 3) + (10 * (n + 1) if alone else 0),
            **self._conditions(), **self.chance.choice(PERIODS),
        }  # fmt: skip
        of_sets = "bundle" in row["on"]
        if of_sets:
            for name in ("buy_qty", "buy_unit", "every_amount"):
                row.pop(name, None)
        repeats = of_sets or "buy_qty" in row or "every_amount" in row
        row["give"] = {"repeat": repeats and self._happens(0.6)}
        if self._happens(0.12) and not of_sets:
            steps = sorted(self.chance.sample(range(1, 300), 3))
            row["tiers"] = [
                {"min_amount": f"{step}.00", "percent_off": self.chance.choice(PERCENTS)} for step in steps
            ]
        else:
            row["give"] |= self._give(of_sets)
        return row

    def _on(self) -> Any:
        bundle = {code: str(self.chance.randint(1, 4)) for code in self._some(3)}
        several = {"products": self._some(4)}
        return self.chance.choice(
            ["order", "order", {"product": self.chance.choice(CODES)}, several, several, {"bundle": bundle}]
        )

    def _conditions(self) -> Row:
        many, units = self.chance.randint, ["case", "case", "pack"]
        drawn = [
            ("min_qty", 0.15, str(many(1, 20))), ("max_qty", 0.05, str(many(5, 60))),
            ("qty_unit", 0.4, self.chance.choice(units)), ("min_amount", 0.2, self._money(1, 200)),
            ("max_times", 0.2, many(1, 3)), ("cumulative", 0.2, True),
            ("max_uses_per_customer", 0.1, many(1, 2)),
            ("budget", 0.15, self._money(1, 60)), ("buy_qty", 0.4, str(many(1, 5))),
            ("buy_unit", 0.2, self.chance.choice(units)), ("every_amount", 0.1, self._money(5, 100)),
        ]  # fmt: skip
        return {name: value for name, often, value in drawn if self._happens(often)}

    def _give(self, of_sets: bool) -> Row:
        gift = {"product": self.chance.choice(CODES), "qty": str(self.chance.randint(1, 3))}
        if self._happens(0.5):
            gift["unit"] = self.chance.choice(["bottle", "case"])
        gives: list[Row] = [
            {"percent_off": self.chance.choice(PERCENTS)}, {"amount_off": self._money(0, 50)}, {"gift": gift},
            {"set_price": self._money(1, 50)}, {"cheapest_free": self.chance.randint(1, 2)},
        ]  # fmt: skip
        if of_sets:
            return self.chance.choice([*gives, {"amount_off": self._money(0, 15), "per": "set"}])
        each = [{"amount_off_per_unit": self._money(0, 9)}, {"fixed_price": self._money(1, 99)}]
        return self.chance.choice([*gives, *each])

    def _past(self) -> Row:
        pick = self.chance.choice
        return {
            "order": pick(["O1", "O2"]), "customer": pick(["C1", "C1", "C2"]), "product": pick(CODES),
            "date": pick(["2026-08-31", "2026-09-14", DAY, "2026-09-16"]), "net": self._money(1, 200),
            "status": pick(["completed", "completed", "cancelled"]), "qty": str(self.chance.randint(1, 20)),
            "unit": pick(["bottle", "bottle", "case"]), "promotion": pick([None, "K0", "K1"]),
        }  # fmt: skip

    def _range(self) -> Row:
        whom = self.chance.choice([{"customer": "C1"}, {"territory": "HZ"}, {"group": "G9"}])
        return {self.chance.choice(["allow", "allow", "deny"]): whom, "products": self._some(4)}

    def _rebate(self, n: int) -> Row:
        row: Row = {"code": f"R{n}", "kind": "cash", "balance": self._money(1, 100)}
        row |= self.chance.choice(PERIODS)
        if self._happens(0.4):
            row["max_order_percent"] = self.chance.choice(["5", "33", "50"])
        if self._happens(0.3):
            row["max_product_percent"] = {
                code: self.chance.choice(["0", "12.5", "50"]) for code in self._some(2)
            }
        return row

    def _asked(self, rebates: list[Row]) -> Row:
        if not rebates or self._happens(0.2):
            return {}
        wanted = self.chance.choice(["max", "max", self._money(0, 10)])
        asked = {self.chance.choice(["auto", rebates[0]["code"]]): wanted}
        return asked | ({"auto": "max"} if self._happens(0.2) else {})
