"""What the office's nouns, columns and choices are called, on the screen and in workbooks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fieldcrm.rules.rule_columns import TABLES, Kind
from fieldcrm.services.rule_workbooks import Words
from fieldcrm.ui import i18n, resources
from fieldcrm.ui.i18n import mark, tr

SHEETS: Mapping[str, str] = {
    "product_category": mark("Categories"), "product_attribute": mark("Item attributes"),
    "product": mark("Catalogue"), "product.units": mark("Units"),
    "cost_price": mark("Cost prices"), "price_book": mark("Price books"), "price_entry": mark("Prices"),
    "promotion": mark("Promotions"), "promotion.tiers": mark("Promotion tiers"),
    "rebate_program": mark("Rebates"), "rebate_program.earn.tiers": mark("Rebate tiers"),
    "sellable_range": mark("Sellable ranges"), "quantity_rule": mark("Tied quantities"),
    "approval_rung": mark("Approval ladder"), "sales_bom": mark("Bills of materials"),
    "sales_bom.groups": mark("Bill groups"), "sales_bom.nodes": mark("Bill parts"),
    "sales_bom.rules": mark("Bill constraints"),
}  # fmt: skip
OWNER = mark("Belongs to")
_COMMON: Mapping[str, str] = {
    "code": mark("Code"), "name": mark("Called"), "priority": mark("Priority"),
    "valid_from": mark("First day"), "valid_to": mark("Last day"),
    "whom.customer": mark("Customers"), "whom.group": mark("Customer groups"),
    "whom.partner": mark("Partners"), "whom.territory": mark("Territories"),
    "brand": mark("Brand"), "specification": mark("Specification"), "category_id": mark("Category"),
    "family": mark("Family"), "base_unit": mark("Base unit"), "sales_unit": mark("Sales unit"),
    "standard_price": mark("Standard price/¥"), "floor_price": mark("Floor price per base unit/¥"),
    "tax_rate": mark("Tax rate"), "attributes": mark("Attributes"), "promotable": mark("In promotions"),
    "active": mark("On sale"), "unit": mark("Unit"), "factor": mark("Base units in it"),
    "barcode": mark("Barcode"), "level": mark("Made for"), "reference": mark("Whose"),
    "tax_mode": mark("Tax in the price"), "currency": mark("Currency"),
    "on_change": mark("Orders at older prices"), "honour_days": mark("Days honoured"),
    "price_book_id": mark("Price book"), "product_id": mark("Item"), "price": mark("Price/¥"),
    "cost": mark("Cost per base unit, before tax"),
    "min_quantity": mark("From quantity"), "min_quantity_unit": mark("Quantity unit"),
    "target": mark("Meant for what"), "goods": mark("Which items"), "exclusive": mark("Stands alone"),
    "conditions.unit": mark("Counted in"), "conditions.min_quantity": mark("Least quantity"),
    "conditions.max_quantity": mark("Most quantity"), "conditions.min_amount": mark("Least amount/¥"),
    "conditions.buy_quantity": mark("For each quantity"),
    "conditions.buy_unit": mark("Unit of that quantity"),
    "conditions.every_amount": mark("For each amount/¥"), "conditions.repeat": mark("Repeats"),
    "conditions.max_times": mark("Most repeats"), "conditions.cumulative": mark("Counts earlier orders"),
    "give.percent_off": mark("Percent off"), "give.amount_off": mark("Amount off/¥"),
    "give.amount_off_per_unit": mark("Off per unit/¥"), "give.fixed_price": mark("Fixed price/¥"),
    "give.set_price": mark("Price of the set/¥"), "give.cheapest_free": mark("Cheapest free"),
    "give.gift.product_id": mark("Gift"), "give.gift.quantity": mark("Gift quantity"),
    "give.gift.unit": mark("Gift unit"), "give.per_set": mark("For each set"),
    "max_uses": mark("Uses per customer"), "budget": mark("Budget/¥"), "min_amount": mark("From amount/¥"),
    "kind": mark("Kind"), "earn.per_order_percent": mark("Percent of each order"),
    "earn.min_order_net": mark("Orders from/¥"), "earn.period": mark("Period"),
    "earn.progressive": mark("Each tier on its own part"), "earn.per_quantity": mark("Per base units"),
    "earn.give": mark("Gives"), "earn.carry_remainder": mark("Remainder carried on"),
    "earn.products": mark("Items that count"), "earn.product_id": mark("Goods given"),
    "max_uses_in_all": mark("Uses by everybody"),
    "keep_days": mark("Days kept"), "max_order_percent": mark("Most percent of an order"),
    "max_product_percent": mark("Most percent of an item"), "percent": mark("Percent"),
    "allows": mark("Allowed"), "products": mark("Which items"), "for_each_id": mark("For each"),
    "each_quantity": mark("How many of these"), "require_id": mark("Needs"),
    "quantity": mark("How many are needed"), "rounding": mark("Rounding"),
    "up_to_percent": mark("Up to percent off"), "approver": mark("Who agrees"),
    "host_id": mark("Item sold"), "price_mode": mark("Priced by"), "base_price": mark("Base price/¥"),
    "required": mark("Required"), "least": mark("Least"), "most": mark("Most"), "group": mark("Group"),
    "whom": mark("For whom"), "give": mark("Benefit"), "tiers": mark("Promotion tiers"),
    "earn.tiers": mark("Rebate tiers"),
    "units": mark("Units"), "groups": mark("Bill groups"), "nodes": mark("Bill parts"),
    "rules": mark("Bill constraints"),
    "parent_id": mark("Under"), "position": mark("Place in the list"), "choices": mark("Choices"),
    "step": mark("In steps of"), "delta": mark("Adds/¥"),
}  # fmt: skip
CHOICES: Mapping[str, str] = {
    "text": mark("Text"), "number": mark("Number"), "choice": mark("One of several"),
    "flag": mark("Yes or no"),
    "list": mark("Everybody"), "territory": mark("A territory"), "partner": mark("A partner"),
    "group": mark("A group"), "customer": mark("One customer"),
    "inclusive": mark("Included"), "exclusive": mark("On top"),
    "honour": mark("Honoured"), "approve": mark("Approved again"), "reprice": mark("Priced again"),
    "order": mark("The whole order"), "products": mark("Some items"), "bundle": mark("A set of items"),
    "cash": mark("Money"), "goods": mark("Goods"), "month": mark("Month"), "quarter": mark("Quarter"),
    "half": mark("Half-year"), "year": mark("Year"), "up": mark("Up"), "down": mark("Down"),
    "half_up": mark("Half up"), "manager": mark("Manager"), "director": mark("Director"),
    "finance": mark("Finance"), "admin": mark("Office"), "base": mark("Its own price"),
    "components": mark("The sum of its parts"), "excludes": mark("Exclude one another"),
    "requires": mark("The first needs the others"), "hidden": mark("Hidden until needed"),
}  # fmt: skip
FLAGS = (mark("Yes"), mark("No"))


def column(path: str) -> str:
    """Return what the column of a path is called; of a line inside a rule with its number."""
    line = _in_a_line(path)
    if line is None:
        return tr(title(path))
    part, number, inside = line.groups()
    named = tr("{part}, line {n}", part=tr(title(part)), n=int(number) + 1)
    return f"{named}: {tr(title(inside))}" if inside else named


_in_a_line = re.compile(r"([a-z._]+)\.(\d+)(?:\.(.+))?").fullmatch


def title(path: str) -> str:
    """Return the message of a column's title."""
    return _COMMON.get(path) or _COMMON.get(path.partition(".")[0]) or path


def sheet(name: str) -> str:
    """Return what a table is called."""
    return tr(SHEETS[name])


def choice(value: object) -> str:
    """Return what a choice is called."""
    return tr(CHOICES[str(value)]) if str(value) in CHOICES else str(value or "")


def workbook() -> Words:
    """Return the words of a workbook: written in the screen's language, read in both."""
    chinese = i18n.catalogue(resources.path("translations", i18n.CHINESE))

    def spelled(message: str) -> set[str]:
        return {each.casefold() for each in (message, chinese.get(message, message))}

    columns = [(table.name, each) for table in TABLES for each in table.columns]
    return Words(
        sheets={name: tr(message) for name, message in SHEETS.items()},
        columns={(name, each.path): column(each.path) for name, each in columns},
        choices={value: tr(message) for value, message in CHOICES.items()},
        owner=tr(OWNER), flags=(tr(FLAGS[0]), tr(FLAGS[1])),
        also_sheets={text: name for name, message in SHEETS.items() for text in {name, *spelled(message)}},
        also_columns={
            (name, text): each.path
            for name, each in columns
            for text in {each.path, *spelled(title(each.path))}
        },
        also_choices={
            (f"{name}.{each.path}", text): value
            for name, each in columns if each.kind is Kind.CHOICE
            for value in each.choices for text in {value, *spelled(CHOICES[value])}
        },
        also_owner=frozenset(spelled(OWNER)),
    )  # fmt: skip


def trait(name: str) -> str:
    """Return what a range calls a trait: ours in words, those of the catalogue as they are."""
    return tr({"category": "Category", "brand": "Brand"}[name]) if name in ("category", "brand") else name
