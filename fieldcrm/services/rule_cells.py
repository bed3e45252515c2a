"""One value of a rule as a cell says it, and back: numbers, days, codes instead of ids.

Workbooks and forms write the same cells. What cannot be read is ``Invalid`` and names the path of
its column; what was typed is never changed. Lists keep their signs (``;``, ``=``, ``|``, ``*``) outside
of names: a name that holds one stands in quotes (``cell_lists``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, DecimalException
from typing import Any

from fieldcrm import money
from fieldcrm.errors import Invalid
from fieldcrm.model.base import SCALE
from fieldcrm.model.wire import amount_text
from fieldcrm.rules.rule_columns import Column, Kind, Table, get, put
from fieldcrm.rules.rule_draft import Doc, Docs
from fieldcrm.services.cell_lists import cut, pieces, plain, quoted

Cell = str | int | Decimal | date | bool | None
_LISTS = frozenset({
    Kind.PRODUCTS, Kind.QUANTITIES, Kind.SHARES, Kind.NAMES, Kind.ATTRIBUTES, Kind.TRAITS,
})  # fmt: skip
_YES, _NO = frozenset({"yes", "y", "true", "1", "x", "是", "✓"}), frozenset({"no", "n", "false", "0", "否"})
_MOST = Decimal(10) ** 12
_YEARS = range(1990, 2200)  # 26-5-3 is no day of the first century
_LONGEST, _LONGEST_LIST = 2_000, 32_000  # a sheet's cell holds 32,767


@dataclass(slots=True)
class Names:
    """Codes and what they stand for; articles and books of the draft included."""

    products: dict[str, str] = field(default_factory=dict)
    books: dict[str, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    _back: dict[str, dict[str, str]] = field(default_factory=dict)

    def code(self, kind: str, key: str) -> str:
        """Return the code of an id; an id that is unknown stays as it is."""
        table: dict[str, str] = getattr(self, kind)
        if len(self._back.get(kind, ())) != len(table):
            self._back[kind] = {found: code for code, found in table.items()}
        return self._back[kind].get(key, key)

    def id(self, kind: str, code: str, path: str) -> str:
        """Return what a code stands for, or raise ``Invalid``."""
        table: dict[str, str] = getattr(self, kind)
        found = table.get(code) or (code if code in table.values() else None)
        if found is None:
            wrong = "product_unknown" if kind == "products" else "unknown_reference"
            raise Invalid(wrong, field=path, product=code, value=code)
        return found


def names(docs: Docs) -> Names:
    """Return the names of a set of documents."""
    return Names(
        {doc["code"]: key for key, doc in docs.get("product", {}).items()},
        {doc["code"]: key for key, doc in docs.get("price_book", {}).items()},
        {doc["code"]: key for key, doc in docs.get("product_category", {}).items()},
    )


def cells(table: Table, doc: Doc, known: Names) -> list[Cell]:
    """Return a rule or a part of one as the cells of its line."""
    return [said(column, get(doc, column.path), known) for column in table.columns]


def said(column: Column, value: Any, known: Names) -> Cell:
    """Return one value as its cell."""
    if column.kind is Kind.FLAG:
        return bool(value)
    if value is None or value in ("", [], {}):
        return None
    made: Cell = _SAYS.get(column.kind, _as_text)(value, known)
    return made


def read(column: Column, cell: Any, known: Names) -> Any:
    """Return what a cell means, or raise ``Invalid`` with the column's path."""
    if isinstance(cell, str):
        cell = cell.strip()
    if cell is None or cell == "":
        if column.required:
            raise Invalid("required", field=column.path)
        return False if column.kind is Kind.FLAG else None
    return _READS[column.kind](column, cell, known)


def document(
    columns: Iterable[Column], cells: Mapping[str, Cell], known: Names, doc: Doc
) -> tuple[Doc, dict[str, Invalid]]:
    """Return what cells say over ``doc``, and by path what cannot be read; ``doc`` itself stays."""
    made: Doc = dict(doc)
    wrong: dict[str, Invalid] = {}
    for column in columns:
        try:
            put(made, column.path, read(column, cells.get(column.path), known))
        except Invalid as error:
            wrong[column.path] = error
    return made, wrong


# -- saying ----------------------------------------------------------------------------------


def _as_text(value: Any, _known: Names) -> Cell:
    return str(value)


def _as_number(value: Any, _known: Names) -> Cell:
    return Decimal(str(value))


def _as_products(value: Any, known: Names) -> Cell:
    return listed(known.code("products", str(each)) for each in value)


def _as_quantities(value: Any, known: Names) -> Cell:
    def one(each: Mapping[str, Any]) -> str:
        quantity = Decimal(str(each.get("quantity") or 1))
        code = quoted(known.code("products", str(each["product_id"])))
        return code if quantity == 1 else f"{code} * {quantity.normalize():f}"

    return "; ".join(map(one, value))


def _as_traits(value: Mapping[str, Any], _known: Names) -> Cell:
    pairs = ((name, each if isinstance(each, list) else [each]) for name, each in value.items())
    return "; ".join(
        f"{quoted(name)} = {' | '.join(quoted(str(one)) for one in each)}" for name, each in pairs
    )


def _as_shares(value: Mapping[str, Any], known: Names) -> Cell:
    return "; ".join(f"{quoted(known.code('products', key))} = {share}" for key, share in value.items())


def listed(names: Iterable[str]) -> str:
    """Return names as one cell."""
    return "; ".join(map(quoted, names))


_SAYS: Mapping[Kind, Callable[[Any, Names], Cell]] = {
    Kind.NUMBER: _as_number,
    Kind.WHOLE: lambda value, _known: int(value),
    Kind.DAY: lambda value, _known: date.fromisoformat(str(value)),
    Kind.CATEGORY: lambda value, known: known.code("categories", str(value)),
    Kind.BOOK: lambda value, known: known.code("books", str(value)),
    Kind.PRODUCT: lambda value, known: known.code("products", str(value)),
    Kind.PRODUCTS: _as_products, Kind.QUANTITIES: _as_quantities, Kind.SHARES: _as_shares,
    Kind.NAMES: lambda value, _known: listed(map(str, value)), Kind.TRAITS: _as_traits,
    Kind.ATTRIBUTES: _as_traits,
}  # fmt: skip


# -- reading ---------------------------------------------------------------------------------


def _text(column: Column, cell: Any, _known: Names) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    text = str(cell)
    if len(text) > (_LONGEST_LIST if column.kind in _LISTS else _LONGEST):
        raise Invalid("bad_text", field=column.path)
    return text


def _number(column: Column, cell: Any, _known: Names) -> str:
    if isinstance(cell, bool | date):
        raise Invalid("not_a_number", field=column.path, value=cell)
    text = repr(cell) if isinstance(cell, float) else money.typed(str(cell))
    try:
        number = _of_hundred(column, text)
    except DecimalException as error:
        raise Invalid("not_a_number", field=column.path, value=cell) from error
    if isinstance(cell, float):
        number = number.quantize(Decimal("0.0001")).normalize()  # a sheet's sums end in odd digits
    if not number.is_finite() or abs(number) >= _MOST or number * SCALE != int(number * SCALE):
        raise Invalid("not_a_number", field=column.path, value=cell)
    return amount_text(int(number * SCALE))


def _of_hundred(column: Column, text: str) -> Decimal:
    """Return a number; a percentage of what is kept as a share (a tax rate) is that share."""
    plain = text.removesuffix("%").strip()
    is_share = plain != text and column.kind is Kind.NUMBER and "percent" not in column.path
    return Decimal(plain) / 100 if is_share else Decimal(plain)


def _whole(column: Column, cell: Any, known: Names) -> int:
    try:
        number = Decimal(_number(column, cell, known))
    except Invalid as error:
        raise Invalid("not_a_whole_number", field=column.path, value=cell) from error
    if number != int(number) or abs(number) > 2**31 - 1:
        raise Invalid("not_a_whole_number", field=column.path, value=cell)
    return int(number)


def _day(column: Column, cell: Any, _known: Names) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    text = re.sub(r"[./年月]", "-", str(cell).rstrip("日 "))
    parts = text.split("-")
    try:
        day = date(*(int(part) for part in parts))
    except (ValueError, TypeError) as error:
        raise Invalid("not_a_day", field=column.path, value=cell) from error
    if day.year not in _YEARS:
        raise Invalid("not_a_day", field=column.path, value=cell)
    return day.isoformat()


def _flag(column: Column, cell: Any, _known: Names) -> bool:
    if isinstance(cell, bool):
        return cell
    text = str(cell).casefold()
    if text not in _YES | _NO:
        raise Invalid("not_a_boolean", field=column.path, value=cell)
    return text in _YES


def _choice(column: Column, cell: Any, _known: Names) -> str:
    if str(cell) not in column.choices:
        raise Invalid("not_a_choice", field=column.path, value=cell)
    return str(cell)


def _names(column: Column, cell: Any, known: Names) -> list[str]:
    return [plain(piece) for piece in pieces(_text(column, cell, known))]


def _products(column: Column, cell: Any, known: Names) -> list[str]:
    return [known.id("products", code, column.path) for code in _names(column, cell, known)]


def _quantities(column: Column, cell: Any, known: Names) -> list[Doc]:
    found = []
    for piece in pieces(_text(column, cell, known)):
        *_, last = parts = [piece] if piece in known.products else cut(piece, "*×")
        code = piece if len(parts) == 1 else piece[: -len(last) - 1]
        quantity = _number(column, last.strip(), known) if len(parts) > 1 else "1"
        found.append({"product_id": known.id("products", plain(code), column.path), "quantity": quantity})
    return found


def _pairs(column: Column, cell: Any, known: Names) -> Iterator[tuple[str, str]]:
    for piece in pieces(_text(column, cell, known)):
        name, *value = cut(piece, "=＝", most=1)
        if not value or not value[0].strip():
            raise Invalid("not_a_pair", field=column.path, value=piece)
        yield plain(name), value[0]


def _traits(column: Column, cell: Any, known: Names) -> dict[str, Any]:
    return {name: list(map(plain, cut(values, "|｜"))) for name, values in _pairs(column, cell, known)}


def _attributes(column: Column, cell: Any, known: Names) -> dict[str, Any]:
    return {name: plain(value) for name, value in _pairs(column, cell, known)}


def _shares(column: Column, cell: Any, known: Names) -> dict[str, str]:
    return {
        known.id("products", code, column.path): _number(column, share.strip(), known)
        for code, share in _pairs(column, cell, known)
    }


def _reference(kind: str) -> Callable[[Column, Any, Names], str]:
    return lambda column, cell, known: known.id(kind, _text(column, cell, known), column.path)


_READS: Mapping[Kind, Callable[[Column, Any, Names], Any]] = {
    Kind.TEXT: _text, Kind.NUMBER: _number, Kind.WHOLE: _whole, Kind.DAY: _day, Kind.FLAG: _flag,
    Kind.CHOICE: _choice, Kind.CATEGORY: _reference("categories"), Kind.BOOK: _reference("books"),
    Kind.PRODUCT: _reference("products"), Kind.QUANTITIES: _quantities, Kind.SHARES: _shares,
    Kind.PRODUCTS: _products, Kind.NAMES: _names, Kind.TRAITS: _traits, Kind.ATTRIBUTES: _attributes,
}  # fmt: skip
