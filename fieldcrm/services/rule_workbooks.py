"""All rules as one workbook, a sheet for each table, and back (P1, P5–P8).

Reading a workbook that was written gives the same rules. A sheet that is there says its noun
whole: what is missing from it ends (articles only stay as they are). A sheet that is missing says
nothing. Every line that cannot be read is named; with one such line nothing is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldcrm.errors import FieldCrmError, Invalid, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.rules import rule_columns
from fieldcrm.rules.rule_columns import TABLES, Column, Kind, Table, get, parts, pruned, put
from fieldcrm.rules.rule_draft import Doc, Docs, Key, between
from fieldcrm.services import rule_cells, rule_documents, workbooks
from fieldcrm.services.rule_cells import Names
from fieldcrm.services.rule_faults import RuleFault

Tell = Callable[[int, int], object]
Stop = Callable[[], bool]
_EVERY = 200
_KNOWN = {
    "product_category": "categories", "product_attribute": "", "product": "products", "price_book": "books",
}  # fmt: skip  # rules that go by ids of their own, and by which names others call them


class Stopped(Exception):
    """Somebody asked to stop; nothing was written."""


@dataclass(frozen=True, slots=True)
class Words:
    """What sheets, columns and choices are called: the language of writing, and what else is understood.

    ``sheets`` and ``columns`` (by table and path) say how they are written, ``choices`` (by value)
    likewise; ``also`` maps every other spelling, casefolded, to table, path or value.
    """

    sheets: Mapping[str, str]
    columns: Mapping[tuple[str, str], str]
    choices: Mapping[str, str]
    owner: str
    flags: tuple[str, str]
    also_sheets: Mapping[str, str]
    also_columns: Mapping[tuple[str, str], str]
    also_choices: Mapping[tuple[str, str], str]
    also_owner: frozenset[str]


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong in one cell of one line; ``path`` is empty when it is about the whole line."""

    table: str
    line: int
    path: str
    error: FieldCrmError
    value: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a workbook says: changes against the rules it was read over, and what cannot be read."""

    changes: Mapping[Key, Doc | None] = field(default_factory=dict)
    faults: Sequence[LineFault] = ()
    lines: Mapping[Key, tuple[str, int]] = field(default_factory=dict)
    rows: int = 0


# -- writing ---------------------------------------------------------------------------------


def write(path: Path, docs: Docs, known: Names, words: Words, tell: Tell, stop: Stop) -> int:
    """Write every rule; returns how many lines. ``Stopped`` leaves no file behind."""
    total = sum(len(rows) for rows in docs.values())
    count, stopped = 0, False

    def counted(rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
        nonlocal count, stopped
        for row in rows:
            count += 1
            if count % _EVERY == 0:
                stopped = stopped or stop()
                tell(count, total)
            if stopped:
                return  # the sheets end here, so that the file's writer can close what it opened
            yield row

    sheets = [
        workbooks.Sheet(
            words.sheets[table.name], _titles(table, words), counted(_lines(table, docs, known, words))
        )
        for table in TABLES
    ]
    half = path.with_name(f"{path.name}.part")
    try:
        workbooks.write(half, sheets)
        if stopped:
            raise Stopped
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return count


def _titles(table: Table, words: Words) -> list[tuple[str, int]]:
    heads = [words.columns[table.name, column.path] for column in table.columns]
    widths = [28 if column.kind in _WIDE else 16 for column in table.columns]
    own = [(words.owner, 18)] if table.part else []
    return [*own, *zip(heads, widths, strict=True)]


_WIDE = frozenset({
    Kind.QUANTITIES, Kind.PRODUCTS, Kind.TRAITS, Kind.ATTRIBUTES, Kind.SHARES, Kind.NAMES, Kind.TEXT,
})  # fmt: skip


def _lines(table: Table, docs: Docs, known: Names, words: Words) -> Iterator[list[Any]]:
    for key, doc in docs.get(table.noun, {}).items():
        owner = owner_code(table.noun, key, doc, known)
        for each in (get(doc, table.part) or ()) if table.part else (doc,):
            row = [_worded(column, cell, words) for column, cell in
                   zip(table.columns, rule_cells.cells(table, each, known), strict=True)]  # fmt: skip
            yield [owner, *row] if table.part else row


def owner_code(noun: str, key: str, doc: Doc, known: Names) -> str:
    """Return by what the lines of a rule's parts name it."""
    return known.code("products", key) if noun == "sales_bom" else str(doc.get("code") or key)


def _worded(column: Column, cell: Any, words: Words) -> Any:
    if isinstance(cell, bool):
        return words.flags[0] if cell else words.flags[1]
    return words.choices.get(cell, cell) if column.kind is Kind.CHOICE else cell


# -- reading ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    docs: Docs
    known: Names
    words: Words
    tell: Tell
    stop: Stop
    faults: list[LineFault] = field(default_factory=list)
    found: dict[str, dict[str, Doc]] = field(default_factory=dict)
    lines: dict[Key, tuple[str, int]] = field(default_factory=dict)
    rows: int = 0
    total: int = 0

    def fault(self, table: Table, line: int, error: FieldCrmError, path: str = "", value: Any = "") -> None:
        said = str(error.data.get("value", value) or "")
        self.faults.append(LineFault(table.name, line, path, error, said[:80]))


def read(path: Path, docs: Docs, known: Names, words: Words, tell: Tell, stop: Stop) -> Found:
    """Read a workbook over ``docs``; ``Invalid`` for ``file`` when it is none."""
    import openpyxl

    try:
        unreckoned = workbooks.has_unreckoned(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        raise Invalid("cannot_read", field="file", file=path.name) from error
    except Exception as error:  # whatever zip and XML can be wrong with
        raise Invalid("not_a_list", field="file", file=path.name) from error
    try:
        if unreckoned:
            raise Invalid("formulas_unreckoned", field="file", file=path.name)
        return _read(book, _Reading(docs, known, words, tell, stop))
    finally:
        book.close()


def _read(book: Any, reading: _Reading) -> Found:
    sheets: dict[str, Any] = {}
    for page in book.worksheets:
        name = _table_of(page.title, reading.words)
        if name in sheets:
            reading.fault(rule_columns.table(name), 1, RuleBroken("sheet_doubled"), value=page.title)
        elif name:
            sheets[name] = page
    if not sheets:
        raise Invalid("no_rule_sheet", field="file")
    reading.total = sum(page.max_row or 0 for page in sheets.values())
    for table in TABLES:  # articles and books first: later sheets name them
        if table.name in sheets:
            _read_table(sheets[table.name], table, reading)
    said = {noun: dict(reading.docs.get(noun, {})) for noun in reading.docs}
    for noun, found in reading.found.items():
        docs = {key: rule_documents.filled(noun, doc) for key, doc in found.items()}
        said[noun] = {**said[noun], **docs} if noun == "product" else docs
    changes = {} if reading.faults else dict(between(reading.docs, said))
    return Found(changes, tuple(reading.faults), reading.lines, reading.rows)


def _table_of(title: str, words: Words) -> str:
    return words.also_sheets.get(title.strip().casefold(), "")


def _read_table(page: Any, table: Table, reading: _Reading) -> None:
    rows: Iterator[Sequence[Any]] = workbooks.lines(page)
    places = _places(table, next(rows, ()), reading)
    owners = _owners(table, reading)
    if not table.part:
        reading.found[table.noun] = {}
    elif table.noun not in reading.found:
        reading.found[table.noun] = {key: dict(doc) for key, doc in reading.docs.get(table.noun, {}).items()}
    if table.part:
        for doc in reading.found[table.noun].values():
            put(doc, table.part, [])
    if table.noun == "product_category":
        rows = iter(_announced(rows, places, reading))
    for line, row in enumerate(rows, start=2):
        reading.rows += 1
        if reading.rows % _EVERY == 0:
            if reading.stop():
                raise Stopped
            reading.tell(reading.rows, reading.total)
        if any(cell is not None and str(cell).strip() for cell in row):
            _read_line(table, line, row, places, owners, reading)
    if table.name == "product":  # an article that no line names stays, and its parts may be said
        for key, doc in reading.docs.get("product", {}).items():
            reading.found["product"].setdefault(key, dict(doc))


def _announced(
    rows: Iterator[Sequence[Any]], places: Mapping[str, int], reading: _Reading
) -> list[Sequence[Any]]:
    """Return the lines of the categories with all their codes known: one may stand under a later one."""
    held = list(rows)
    for row in held:
        code = str(row[places["code"]] or "").strip() if "code" in places else ""
        if code:
            reading.known.categories.setdefault(code, str(new_id()))
    return held


def _places(table: Table, heads: Sequence[Any], reading: _Reading) -> dict[str, int]:
    """Return where each column stands; "" is the owner's."""
    found: dict[str, int] = {}
    for place, head in enumerate(heads):
        text = str(head or "").strip().casefold()
        if table.part and text in reading.words.also_owner and "" not in found:
            found[""] = place
        elif text:
            path = reading.words.also_columns.get((table.name, text))
            if path is None:
                reading.fault(table, 1, Invalid("unknown_column", field="file"), value=head)
            elif path in found:
                reading.fault(table, 1, RuleBroken("column_doubled"), path, head)
            else:
                found[path] = place
    needed = [column.path for column in table.columns if column.required] + ([""] if table.part else [])
    for path in needed:
        if path not in found:
            reading.fault(table, 1, Invalid("column_missing", field="file"), path)
    return found


def _owners(table: Table, reading: _Reading) -> dict[str, str]:
    if not table.part:
        return {}
    docs = reading.found.get(table.noun, reading.docs.get(table.noun, {}))
    return {owner_code(table.noun, key, doc, reading.known): key for key, doc in docs.items()}


def _read_line(
    table: Table, line: int, row: Sequence[Any], places: Mapping[str, int], owners: Mapping[str, str],
    reading: _Reading,
) -> None:  # fmt: skip
    doc, before = _own(table, row, places, reading), len(reading.faults)
    for column in table.columns:
        place = places.get(column.path)
        cell = row[place] if place is not None and place < len(row) else None
        if place is None and not column.required:
            continue
        try:
            meant = _unworded(table, column, cell, reading.words)
            put(doc, column.path, rule_cells.read(column, meant, reading.known))
        except Invalid as error:
            reading.fault(table, line, error, column.path, cell)
    if len(reading.faults) > before:
        return
    if table.part:
        _add_part(table, line, row, places, owners, doc, reading)
    else:
        _add_rule(table, line, doc, reading)


def _own(table: Table, row: Sequence[Any], places: Mapping[str, int], reading: _Reading) -> Doc:
    """Return what a line begins with: what its rule said before that no column says."""
    if table.part:
        return {}
    place = places.get("host_id" if table.noun == "sales_bom" else "code")
    code = "" if place is None else str(row[place] or "").strip()
    key = _key_of(table.noun, code, reading)
    kept = dict(reading.docs.get(table.noun, {}).get(key, {}))
    for part in parts(table.noun):
        put(kept, part.part, get(kept, part.part) or [])
    if table.noun in _KNOWN and "id" not in kept:
        kept["id"] = key or str(new_id())
    return kept


def _key_of(noun: str, code: str, reading: _Reading) -> str:
    """Return the key of the rule that goes by a code; "" for a new one with an id of its own."""
    if noun == "sales_bom":
        return reading.known.products.get(code, "")
    if noun == "product_attribute":
        held = reading.docs.get(noun, {})
        return next((key for key, doc in held.items() if doc.get("code") == code), "")
    if noun in _KNOWN:
        held_names: dict[str, str] = getattr(reading.known, _KNOWN[noun])
        return held_names.get(code, "")
    return code


def _unworded(table: Table, column: Column, cell: Any, words: Words) -> Any:
    if column.kind is Kind.CHOICE and isinstance(cell, str):
        return words.also_choices.get((f"{table.name}.{column.path}", cell.strip().casefold()), cell)
    return cell


def _add_rule(table: Table, line: int, doc: Doc, reading: _Reading) -> None:
    if table.noun == "approval_rung":
        doc.setdefault("ladder", "discount")
    doc = pruned(doc)
    key = rule_documents.key_of(table.noun, doc)
    if key in reading.found[table.noun]:
        reading.fault(table, line, RuleBroken("line_doubled"))
        return
    reading.found[table.noun][key] = doc
    reading.lines[table.noun, key] = (table.name, line)
    if _KNOWN.get(table.noun):
        getattr(reading.known, _KNOWN[table.noun])[str(doc["code"])] = key


def _add_part(
    table: Table, line: int, row: Sequence[Any], places: Mapping[str, int], owners: Mapping[str, str],
    part: Doc, reading: _Reading,
) -> None:  # fmt: skip
    place = places.get("")
    code = "" if place is None or place >= len(row) else str(row[place] or "").strip()
    key = owners.get(code)
    if key is None:
        reading.fault(table, line, Invalid("unknown_reference", field=table.part, value=code))
        return
    owner = reading.found[table.noun][key]
    put(owner, table.part, [*(get(owner, table.part) or ()), pruned(part)])
    reading.lines.setdefault((table.noun, key), (table.name, line))


def located(found: Found, faults: Sequence[RuleFault]) -> list[LineFault]:
    """Return faults of rules as faults of the lines that say them; what no line says has line 0."""
    return [
        LineFault(*found.lines.get((each.noun, each.key), (each.noun, 0)), each.field, each.error)
        for each in faults
    ]
