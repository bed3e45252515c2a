"""Orders over the whole vocabulary of the cases, in a case's own words: what Hypothesis draws from."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

CODES = ["A", "B", "C", "D"]
DAY = "2026-09-15"
MODES = ["stackable", "stackable", "stackable", "exclusive"]
QUANTITIES = ["1", "2", "3", "5", "7", "12", "24", "1", "4", "2.5"]
LADDER = [{"up_to_percent": "5", "by": None}, {"up_to_percent": "40", "by": "manager"}, {"above": "refuse"}]
BUYER = {"code": "C1", "group": "G1", "territory": "HZ", "partner": "P1"}
SOMEBODY = [{"customer": "C1"}, {"customer": "C2"}, {"group": "G1"}, {"territory": "HZ"}, {"group": "G9"}]

codes = st.sampled_from(CODES)
units = st.sampled_from(["bottle", "case", "pack"])
some_codes = st.lists(codes, min_size=1, max_size=3, unique=True)
few = st.integers(1, 6).map(str)
periods = st.sampled_from(
    [{}, {}, {"valid_from": "2026-09-01", "valid_to": "2026-09-30"}, {"valid_from": DAY}, {"valid_to": DAY},
     {"valid_from": "2026-09-16"}, {"valid_to": "2026-09-14"}]
)  # fmt: skip
percents = st.sampled_from(["0", "5", "10", "12.5", "33", "50", "99", "100"])


def amounts(most: int) -> st.SearchStrategy[str]:
    """Mostly cents, often whole yuan, so that borders are met."""
    whole = st.integers(1, most).map(lambda n: f"{n}.00")
    return whole | st.integers(1, most * 100).map(lambda n: f"{n // 100}.{n % 100:02}")


def some(draw: st.DrawFn, **fields: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Draw each field or leave it out."""
    return {name: draw(value) for name, value in fields.items() if draw(st.integers(0, 3)) == 0}


@st.composite
def products(draw: st.DrawFn, code: str) -> dict[str, Any]:
    return {
        "code": code, "base_unit": "bottle",
        "units": draw(st.sampled_from([{"case": "12"}, {"case": "6", "pack": "3"}, {"case": "12"}])),
        "tax_rate": draw(st.sampled_from(["0", "0.06", "0.13"])),
        **some(draw, min_price=amounts(9), promotable=st.booleans()),
    }  # fmt: skip


@st.composite
def entries(draw: st.DrawFn, code: str) -> list[dict[str, Any]]:
    at = draw(st.integers(9, 40).map(lambda n: f"{n}.00") | amounts(40))
    rows = [{"product": code, "unit": "bottle", "price": at, "min_qty": "1", "min_qty_unit": "bottle"}]
    if draw(st.integers(0, 2)) == 0:
        unit, least = draw(st.sampled_from([("bottle", "case"), ("case", "case"), ("case", "bottle")]))
        many = draw(st.integers(2, 5).map(str))
        rows.append(
            {
                "product": code,
                "unit": unit,
                "price": draw(amounts(60)),
                "min_qty": many,
                "min_qty_unit": least,
            }
        )
    return rows


@st.composite
def books(draw: st.DrawFn) -> list[dict[str, Any]]:
    scopes = [("list", None), ("list", None), ("group", "G1"), ("customer", "C1"), ("territory", "HZ"),
              ("partner", "P1"), ("group", "G2"), ("customer", "C2")]  # fmt: skip
    rows = []
    for n, (scope, reference) in enumerate(scopes):
        if n and draw(st.integers(0, 5)):
            continue
        sold = CODES if not n else draw(some_codes)
        rows.append({
            "code": f"B{n}", "scope": scope, "scope_ref": reference, "priority": n,
            **(draw(periods) if n else {}),
            "tax_mode": draw(st.sampled_from(["exclusive", "exclusive", "inclusive"])),
            "entries": [row for code in sold for row in draw(entries(code))],
        })  # fmt: skip
    return rows


def gives(bundle: bool) -> st.SearchStrategy[dict[str, Any]]:
    gift = st.builds(
        lambda code, qty, unit: {"gift": {"product": code, "qty": qty, **({"unit": unit} if unit else {})}},
        codes, few, st.sampled_from([None, "bottle", "case"]),
    )  # fmt: skip
    kinds = [
        percents.map(lambda v: {"percent_off": v}), amounts(60).map(lambda v: {"amount_off": v}),
        amounts(60).map(lambda v: {"set_price": v}), gift,
        st.integers(1, 2).map(lambda v: {"cheapest_free": v}),
    ]  # fmt: skip
    if bundle:
        kinds.append(amounts(20).map(lambda v: {"amount_off": v, "per": "set"}))
    else:
        kinds += [
            amounts(5).map(lambda v: {"amount_off_per_unit": v}),
            amounts(30).map(lambda v: {"fixed_price": v}),
        ]
    return st.one_of(kinds)


@st.composite
def promotions(draw: st.DrawFn, n: int) -> dict[str, Any]:
    on: Any = draw(
        st.just("order") | codes.map(lambda code: {"product": code})
        | some_codes.map(lambda named: {"products": named})
        | st.dictionaries(codes, few, min_size=2, max_size=3).map(lambda need: {"bundle": need})
    )  # fmt: skip
    row = {
        "code": f"K{n}", "priority": draw(st.integers(0, 3)), "mode": draw(st.sampled_from(MODES)),
        "on": on, **draw(periods),
        **some(
            draw, min_qty=few, max_qty=st.integers(7, 60).map(str), qty_unit=units,
            min_amount=amounts(300), max_times=st.integers(1, 3), cumulative=st.just(True),
            max_uses_per_customer=st.integers(1, 2), budget=amounts(60),
        ),
    }  # fmt: skip
    if row["mode"] == "exclusive":
        row["priority"] += 10 * n
    if "bundle" not in on:
        row |= draw(
            st.just({}) | few.map(lambda v: {"buy_qty": v}) | amounts(100).map(lambda v: {"every_amount": v})
        )
    if "buy_qty" in row:
        row |= some(draw, buy_unit=units)
    if "budget" in row and draw(st.booleans()):
        row["budget_used"] = draw(st.sampled_from([row["budget"], "0.01", "0.00"]))
    if draw(st.integers(0, 5)) == 0 and "bundle" not in on:
        steps = sorted(draw(st.sets(st.integers(1, 300), min_size=1, max_size=3)))
        row["tiers"] = [{"min_amount": f"{step}.00", "percent_off": draw(percents)} for step in steps]
    else:
        row["give"] = draw(gives("bundle" in on))
        row["give"]["repeat"] = bool({"buy_qty", "every_amount"} & row.keys()) and draw(st.booleans())
        if "bundle" in on:
            row["give"]["repeat"] = draw(st.booleans())
    return row


@st.composite
def past(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "order": draw(st.sampled_from(["O1", "O2", "O3"])),
        "customer": draw(st.sampled_from(["C1", "C1", "C2"])),
        "date": draw(st.sampled_from(["2026-08-31", "2026-09-01", "2026-09-14", DAY, "2026-09-16"])),
        "status": draw(st.sampled_from(["completed", "completed", "cancelled"])), "product": draw(codes),
        "qty": draw(few), "unit": draw(st.sampled_from(["bottle", "case"])), "net": draw(amounts(200)),
        "promotion": draw(st.sampled_from([None, "K0", "K1"])),
    }  # fmt: skip


@st.composite
def rebates(draw: st.DrawFn, n: int) -> dict[str, Any]:
    return {
        "code": f"R{n}", "kind": "cash", "balance": draw(amounts(100)), **draw(periods),
        **some(
            draw, max_order_percent=percents,
            max_product_percent=st.dictionaries(codes, percents, max_size=2),
        ),
    }  # fmt: skip


@st.composite
def sales(draw: st.DrawFn) -> dict[str, Any]:
    """Everything a case may give, but what is refused before anything is sold."""
    cart = [
        {
            "line": n, "product": draw(codes), "qty": draw(st.sampled_from(QUANTITIES)),
            "unit": draw(st.sampled_from(["bottle", "bottle", "case"])),
        }
        for n in range(1, draw(st.integers(1, 5)) + 1)
    ]  # fmt: skip
    if draw(st.integers(0, 9)) == 0:
        cart[0]["manual_unit_price"] = draw(amounts(30))
    held = [draw(rebates(n)) for n in range(draw(st.integers(0, 3)))]
    asked = {row["code"]: draw(st.just("max") | amounts(30)) for row in held if draw(st.integers(0, 2)) == 0}
    if held and draw(st.integers(0, 2)) == 0:
        asked["auto"] = draw(st.just("max") | amounts(30))
    closed = draw(st.integers(0, 9)) == 0
    whom = st.sampled_from(SOMEBODY)
    ranges = [
        {draw(st.sampled_from(["allow", "allow", "deny"])): draw(whom), "products": draw(some_codes)}
        for _ in range(draw(st.integers(1, 3)) if closed else 0)
    ]  # fmt: skip
    return {
        "customer": BUYER, "date": DAY, "products": [draw(products(code)) for code in CODES],
        "price_books": draw(books()), "rebates": held, "sellable": ranges, "cart": cart, "approval": LADDER,
        "promotions": [draw(promotions(n)) for n in range(draw(st.integers(1, 4)))], "use_rebate": asked,
        "history": [draw(past()) for _ in range(draw(st.integers(0, 4)))],
    }  # fmt: skip
