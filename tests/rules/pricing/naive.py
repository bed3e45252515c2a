"""Prices worked out slowly, straight from the decisions and the words of the cases: nothing of the product.

Takes what a case gives and answers in the words a case expects. Amounts are whole cents and exact
fractions; no index, no values, no rounding but where a decision says so.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

Row = dict[str, Any]
RANK = {"list": 0, "territory": 1, "partner": 1, "group": 2, "customer": 3}


class Refused(Exception):
    """The order cannot be priced; the kind is a case's."""


def half_up(amount: Fraction) -> int:
    """Return cents of an amount in cents."""
    return floor(amount + Fraction(1, 2))


def cents(text: Any) -> Fraction:
    return Fraction(str(text)) * 100


def shared(whole: int, weights: list[Fraction]) -> list[int]:
    """Largest remainder, ties to the earlier."""
    exact = [whole * weight / sum(weights) for weight in weights]
    parts = [floor(each) for each in exact]
    for n in sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))[: whole - sum(parts)]:
        parts[n] += 1
    return parts


class Line:
    def __init__(self, order: Order, row: Row) -> None:
        self.row = row
        self.product = order.products[row["product"]]
        self.base = Fraction(row["qty"]) * in_base(self.product, row["unit"])
        self.price, self.book = order.unit_price(self.product, Fraction(row["qty"]), row["unit"])
        self.net = self.gross = half_up(self.price * Fraction(row["qty"]))
        self.floor = half_up(cents(self.product.get("min_price") or 0) * self.base)
        if self.gross < self.floor:
            raise Refused("BELOW_FLOOR")
        self.rebate = self.manual = 0

    @property
    def code(self) -> str:
        return str(self.row["product"])

    @property
    def room(self) -> int:
        return max(self.net - self.floor, 0)

    def count(self, unit: str | None) -> Fraction:
        return self.base / (in_base(self.product, unit) if unit and has_unit(self.product, unit) else 1)


def has_unit(product: Row, unit: str) -> bool:
    return unit == product["base_unit"] or unit in product["units"]


def in_base(product: Row, unit: str) -> Fraction:
    if not has_unit(product, unit):
        raise Refused("UNIT_UNKNOWN")
    return Fraction(1) if unit == product["base_unit"] else Fraction(product["units"][unit])


def targets(on: Row) -> list[str]:
    return [on["product"]] if "product" in on else on.get("products") or list(on["bundle"])


def runs(row: Row, day: str) -> bool:
    return (row.get("valid_from") or "") <= day <= (row.get("valid_to") or "9999")


class Order:
    def __init__(self, given: Row) -> None:
        self.given, self.day, self.buyer = given, given["date"], given["customer"]
        self.products = {row["code"]: row for row in given["products"]}
        self.lines: list[Line] = []
        for row in given["cart"]:
            if Fraction(row["qty"]) <= 0:
                raise Refused("QTY")
            if not self.sellable(row["product"]):
                raise Refused("NOT_SELLABLE")
            self.lines.append(Line(self, row))
        self.goods = [line for line in self.lines if line.product.get("promotable", True)]
        self.gifts: list[Row] = []
        self.after_lines: dict[int, int] | None = None

    # what may be bought, and for how much

    def means(self, whom: Row) -> bool:
        return all(
            self.buyer.get("code" if level == "customer" else level) == name for level, name in whom.items()
        )

    def sellable(self, product: str) -> bool:
        rules = self.given.get("sellable", [])
        named = [rule for rule in rules if product in rule["products"]]
        if any("deny" in rule and self.means(rule["deny"]) for rule in named):
            return False
        allowed = any("allow" in rule and self.means(rule["allow"]) for rule in named)
        return allowed or not any("allow" in rule for rule in rules)

    def unit_price(self, product: Row, quantity: Fraction, unit: str) -> tuple[Fraction, str]:
        """The most specific book, then the larger priority, that has a price for so much."""
        wanted, found = quantity * in_base(product, unit), []
        for book in self.given["price_books"]:
            if not runs(book, self.day) or not (
                book["scope"] == "list" or self.means({book["scope"]: book["scope_ref"]})
            ):
                continue
            entries = [
                (entry["unit"] == unit, least, entry)
                for entry in book["entries"]
                if entry["product"] == product["code"]
                and (least := Fraction(entry["min_qty"]) * in_base(product, entry["min_qty_unit"])) <= wanted
            ]
            if entries:
                best = max(entries, key=lambda each: each[:2])[2]
                found.append((RANK[book["scope"]], book["priority"], best, book["code"]))
        if not found:
            raise Refused("PRICE_NOT_FOUND")
        entry, book = max(found, key=lambda each: each[:2])[2:]
        price = cents(entry["price"])
        if entry["unit"] != unit:
            price = Fraction(half_up(price * in_base(product, unit) / in_base(product, entry["unit"])))
        return price, book

    # promotions

    def promote(self) -> None:
        running = [row for row in self.given["promotions"] if runs(row, self.day)]
        running.sort(key=lambda row: (-row["priority"], row["code"]))
        for row in running:
            if row["mode"] == "exclusive" and self.apply(row):
                return
        rest = [row for row in running if row["mode"] != "exclusive"]
        for row in rest:
            if row["on"] != "order":
                self.apply(row)
        self.after_lines = {id(line): line.net for line in self.goods}
        for row in rest:
            if row["on"] == "order":
                self.apply(row)

    def apply(self, row: Row) -> bool:
        """Do what a promotion does; say whether it did anything."""
        goods, left = self.meant(row), budget_left(row)
        if not goods or self.used_up(row) or left == 0:
            return False
        earlier = self.earlier(row) if row.get("cumulative") else []
        give, times = self.reached(row, goods, earlier)
        if give is None or times < 1:
            return False
        if "gift" in give:
            return self.give_goods(row, give, times, left)
        wanted = self.wanted(row, give, goods, times)
        takes = [min(max(want, 0), line.room) for want, line in zip(wanted, goods, strict=True)]
        if left is not None and sum(takes) > left:
            takes = shared(left, [Fraction(each) for each in takes])
        for line, off in zip(goods, takes, strict=True):
            line.net -= off
        return any(takes)

    def meant(self, row: Row) -> list[Line]:
        if (on := row["on"]) == "order":
            return self.goods
        named = targets(on)
        found = [line for line in self.goods if line.code in named]
        if "bundle" in on and {line.code for line in found} != set(named):
            return []
        return found

    def past(self) -> list[Row]:
        return [
            row for row in self.given["history"]
            if row["customer"] == self.buyer["code"] and row["status"] != "cancelled"
        ]  # fmt: skip

    def used_up(self, row: Row) -> bool:
        most = row.get("max_uses_per_customer")
        orders = {past["order"] for past in self.past() if past.get("promotion") == row["code"]}
        return most is not None and len(orders) >= most

    def earlier(self, row: Row) -> list[Row]:
        named = None if row["on"] == "order" else targets(row["on"])
        inside = [past for past in self.past() if past["date"] <= self.day and runs(row, past["date"])]
        return [past for past in inside if named is None or past["product"] in named]

    def reached(self, row: Row, goods: list[Line], earlier: list[Row]) -> tuple[Row | None, int]:
        """What a promotion gives, and how often it is met."""
        by_order = row["on"] == "order" and self.after_lines is not None
        nets = [(self.after_lines or {})[id(line)] if by_order else line.net for line in goods]
        before_amount = sum((cents(past["net"]) for past in earlier), Fraction())
        amount = before_amount + sum(nets)
        unit = row.get("qty_unit")
        quantity = self.bought(earlier, unit) + sum(line.count(unit) for line in goods)
        if "min_qty" in row and quantity < Fraction(row["min_qty"]):
            return None, 0
        if "max_qty" in row and quantity > Fraction(row["max_qty"]):
            return None, 0
        if "min_amount" in row and amount < cents(row["min_amount"]):
            return None, 0
        give = row.get("give")
        if row.get("tiers"):
            reached = [tier for tier in row["tiers"] if amount >= cents(tier["min_amount"])]
            give = max(reached, key=lambda tier: cents(tier["min_amount"])) if reached else None
        if give is None:
            return None, 0
        if "bundle" in row["on"]:
            times = min(
                floor(sum(line.base for line in goods if line.code == code) / Fraction(need))
                for code, need in row["on"]["bundle"].items()
            )
        elif "every_amount" in row:
            every = cents(row["every_amount"])
            times = floor(amount / every) - floor(before_amount / every)
        elif "buy_qty" in row:
            buy, unit = Fraction(row["buy_qty"]), row.get("buy_unit") or row.get("qty_unit")
            before = self.bought(earlier, unit)
            times = floor((before + sum(line.count(unit) for line in goods)) / buy) - floor(before / buy)
            if not give.get("repeat"):
                times = min(times, 1)
        else:
            times = 1
        return give, min(times, row.get("max_times", times))

    def bought(self, earlier: list[Row], unit: str | None) -> Fraction:
        whole = Fraction()
        for past in earlier:
            product = self.products[past["product"]]
            base = Fraction(past["qty"]) * in_base(product, past["unit"])
            whole += base / (in_base(product, unit) if unit and has_unit(product, unit) else 1)
        return whole

    def give_goods(self, row: Row, give: Row, times: int, left: int | None) -> bool:
        gift = give["gift"]
        product = self.products[gift["product"]]
        unit = gift.get("unit") or product["base_unit"]
        if not self.sellable(gift["product"]):
            return False
        if not (give.get("repeat") or "every_amount" in row):
            times = 1
        try:
            worth = half_up(self.unit_price(product, Fraction(gift["qty"]), unit)[0] * Fraction(gift["qty"]))
        except Refused:
            worth = 0
        if left is not None and worth:
            times = min(times, left // worth)
        if times:
            quantity = str(Fraction(gift["qty"]) * times)
            self.gifts.append({"product": gift["product"], "qty": quantity, "unit": unit, "by": row["code"]})
        return times > 0

    def wanted(self, row: Row, give: Row, goods: list[Line], times: int) -> list[int]:
        """What should come off each line."""
        unit = row.get("qty_unit")
        if "bundle" in row["on"]:
            return self.off_sets(row, give, goods, times)
        if "percent_off" in give:
            percent = Fraction(str(give["percent_off"])) / 100
            if row["on"] != "order":
                return [half_up(line.net * percent) for line in goods]
            whole = half_up(sum(line.net for line in goods) * percent)
            return shared(whole, [Fraction(line.net) for line in goods]) if whole else [0] * len(goods)
        if "amount_off" in give:
            return spread(
                half_up(cents(give["amount_off"]) * times), goods, [Fraction(line.net) for line in goods]
            )
        if "amount_off_per_unit" in give:
            return [half_up(cents(give["amount_off_per_unit"]) * line.count(unit)) for line in goods]
        if "fixed_price" in give:
            return [line.net - half_up(cents(give["fixed_price"]) * line.count(unit)) for line in goods]
        unit = row.get("buy_unit") or unit
        if "cheapest_free" in give:
            return picked(goods, unit, Fraction(int(give["cheapest_free"]) * times), dearest=False)
        values = picked(goods, unit, Fraction(row.get("buy_qty", 1)) * times, dearest=True)
        off = sum(values) - half_up(cents(give["set_price"]) * times)
        return spread(off, goods, [Fraction(each) for each in values])

    def off_sets(self, row: Row, give: Row, goods: list[Line], times: int) -> list[int]:
        """Only the goods of complete sets; earlier lines fill them first."""
        need = {code: Fraction(each) * times for code, each in row["on"]["bundle"].items()}
        if "cheapest_free" in give:
            return cheapest_of_sets(goods, need, Fraction(int(give["cheapest_free"]) * times))
        values = []
        for line in goods:
            inside = min(need[line.code], line.base)
            need[line.code] -= inside
            values.append(line.net * inside / line.base)
        whole = sum(values, Fraction())
        if "percent_off" in give:
            off = whole * Fraction(str(give["percent_off"])) / 100
        elif "set_price" in give:
            off = whole - cents(give["set_price"]) * times
        else:
            off = cents(give["amount_off"]) * (times if give.get("per") == "set" else 1)
        return spread(half_up(min(off, whole)), goods, values)

    # what is paid

    def discount(self) -> Row:
        """The rep's own discount and who must agree."""
        percents = []
        for line in self.lines:
            if "manual_unit_price" not in line.row:
                continue
            price = cents(line.row["manual_unit_price"])
            if price > line.price:
                raise Refused("MANUAL_PRICE")
            off = line.net - half_up(price * Fraction(line.row["qty"]))
            if off > line.room:
                raise Refused("BELOW_FLOOR")
            if off > 0:
                line.net, line.manual = line.net - off, off
            percents.append((line.price - price) / line.price * 100)
        if not percents:
            return {"status": "approved", "by": None}
        for rung in self.given["approval"]:
            if "up_to_percent" in rung and max(percents) <= Fraction(rung["up_to_percent"]):
                return {"status": "pending" if rung["by"] else "approved", "by": rung["by"]}
        raise Refused("DISCOUNT_TOO_HIGH")

    def pay(self) -> dict[str, int]:
        """Use rebates: named ones for so much or as much as allowed, or all by expiry."""
        used: dict[str, int] = {}
        held = {row["code"]: row for row in self.given["rebates"]}
        for code, asked in (self.given.get("use_rebate") or {}).items():
            wanted = None if asked == "max" else int(cents(asked))
            by_expiry = sorted(held.values(), key=lambda row: (row.get("valid_to") or "9999", row["code"]))
            of = by_expiry if code == "auto" else [held[code]]
            if code != "auto" and not runs(held[code], self.day) and wanted is not None:
                raise Refused("REBATE_EXPIRED")
            left = wanted
            for row in (each for each in of if runs(each, self.day)):
                rooms = self.rooms(row)
                most = min(sum(rooms), int(cents(row["balance"])) - used.get(row["code"], 0))
                if row.get("max_order_percent") is not None:
                    whole = sum(line.net + line.manual for line in self.lines)
                    share = floor(whole * Fraction(row["max_order_percent"]) / 100)
                    most = min(most, share - sum(line.rebate for line in self.lines))
                most = max(most, 0)
                amount = most if left is None else min(most, left)
                left = None if left is None else left - amount
                for line, part in zip(
                    self.lines, shared(amount, list(map(Fraction, rooms))) if amount else [], strict=False
                ):
                    line.rebate += part
                used[row["code"]] = used.get(row["code"], 0) + amount
            if left:
                raise Refused("REBATE_LIMIT")
        return used

    def rooms(self, row: Row) -> list[int]:
        """What each line may still be paid with a rebate."""
        found = []
        for line in self.lines:
            mine = [each for each in self.lines if each.code == line.code]
            percent = Fraction((row.get("max_product_percent") or {}).get(line.code, 100))
            room = floor(sum(each.net + each.manual for each in mine) * percent / 100)
            room -= sum(each.rebate for each in mine)
            before = mine[: mine.index(line)]
            room -= sum(found[self.lines.index(each)] for each in before)
            found.append(max(min(room, line.net - line.rebate), 0))
        return found


def budget_left(row: Row) -> int | None:
    if row.get("budget") is None:
        return None
    return max(int(cents(row["budget"]) - cents(row.get("budget_used") or 0)), 0)


def spread(amount: int, goods: list[Line], weights: list[Fraction]) -> list[int]:
    """Spread a promised amount; what a line cannot carry moves to the others."""
    parts, left = [0] * len(goods), amount
    while left > 0:
        able = [n for n, line in enumerate(goods) if line.room > parts[n] and weights[n] > 0]
        if not able:
            break
        for n, part in zip(able, shared(left, [weights[n] for n in able]), strict=True):
            parts[n] += min(part, goods[n].room - parts[n])
        left = amount - sum(parts)
    return parts


def picked(goods: list[Line], unit: str | None, wanted: Fraction, *, dearest: bool) -> list[int]:
    """The value of the cheapest or dearest units, by line; of equal ones the earlier line's."""
    values, each = [0] * len(goods), [line.net / line.count(unit) for line in goods]
    for n in sorted(range(len(goods)), key=lambda n: (-each[n] if dearest else each[n], n)):
        inside = min(wanted, goods[n].count(unit))
        values[n], wanted = half_up(each[n] * inside), wanted - inside
    return values


def cheapest_of_sets(goods: list[Line], need: dict[str, Fraction], wanted: Fraction) -> list[int]:
    """Of the goods in complete sets, which earlier lines fill first, the cheapest."""
    inside, values = [], [0] * len(goods)
    for line in goods:
        inside.append(min(need[line.code], line.base))
        need[line.code] -= inside[-1]
    for n in sorted(range(len(goods)), key=lambda n: (goods[n].net / goods[n].base, n)):
        taken = min(wanted, inside[n])
        values[n], wanted = half_up(goods[n].net / goods[n].base * taken), wanted - taken
    return values


def tax_of(line: Line, order: Order) -> tuple[int, bool]:
    rate, paid = Fraction(line.product["tax_rate"]), line.net - line.rebate
    book = next(row for row in order.given["price_books"] if row["code"] == line.book)
    if book["tax_mode"] == "inclusive":
        return paid - half_up(paid / (1 + rate)), True
    return half_up(paid * rate), False


def yuan(amount: Any) -> str:
    exact = Fraction(amount) / 100
    return f"{Decimal(exact.numerator) / exact.denominator:.2f}"


def answer(given: Row) -> Row:
    """Return what a case with this ``given`` expects."""
    try:
        order = Order(given)
        order.promote()
        approval, used = order.discount(), order.pay()
    except Refused as refused:
        return {"error": {"kind": str(refused)}}
    taxes = [tax_of(line, order) for line in order.lines]
    goods_net, on_top = sum(line.net for line in order.lines), sum(tax for tax, inside in taxes if not inside)
    return {
        "lines": [
            {
                "line": line.row["line"], "unit_price": yuan(line.price), "gross": yuan(line.gross),
                "discount": yuan(line.gross - line.net), "net": yuan(line.net), "price_book": line.book,
            }
            for line in order.lines
        ],
        "gifts": order.gifts,
        "goods_net": yuan(goods_net),
        "tax": yuan(sum(tax for tax, _ in taxes)),
        "rebate_used": yuan(sum(used.values())),
        "payable": yuan(goods_net + on_top - sum(used.values())),
        "balance_after": {
            row["code"]: yuan(cents(row["balance"]) - used.get(row["code"], 0)) for row in given["rebates"]
        },
        **approval,
    }  # fmt: skip
