"""A comparison as a workbook: every order, then the sums, then what was assumed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from fieldcrm.errors import Invalid
from fieldcrm.services import workbooks
from fieldcrm.services.sandbox_compare import Comparison, Sum
from fieldcrm.services.workbooks import Sheet
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.sandbox import words


def write(path: Path, found: Comparison, names: tuple[str, str]) -> None:
    """Write the workbook; ``cannot_write`` when the file cannot be had."""
    try:
        workbooks.write(path, sheets(found, names))
    except OSError as error:
        raise Invalid("cannot_write", field="file", file=path.name) from error


def sheets(found: Comparison, names: tuple[str, str]) -> Iterable[Sheet]:
    """Yield the sheets."""
    money = [(f"{names[0]}/¥", 14), (f"{names[1]}/¥", 14), (tr("Difference/¥"), 14)]
    yield Sheet(
        tr("Orders"),
        [
            (tr("Order"), 18),
            (tr("Day"), 12),
            (tr("Customer"), 32),
            (tr("Paid/¥"), 14),
            *money,
            (tr("Note"), 40),
        ],
        (
            (
                r.order.number,
                r.order.on,
                r.order.account,
                r.paid,
                r.a,
                r.b,
                r.difference,
                words.trouble(r.trouble, ("A", "B")),
            )
            for r in found.rows
        ),
    )
    for title, rows in ((tr("Customer"), found.customers), (tr("Promotion"), found.promotions),
                        (tr("Item"), found.products)):  # fmt: skip
        yield _sums(title, rows, money)
    assumed = tr(words.REPLAY_ASSUMES)
    days = f"{found.wanted.first} – {found.wanted.last}"
    yield Sheet(tr("Assumed"), [(tr("Note"), 120)], [(days,), (assumed,)])


def _sums(title: str, rows: Sequence[Sum], money: Sequence[tuple[str, int]]) -> Sheet:
    titles = [(title, 36), (tr("Orders"), 10), *money]
    return Sheet(title, titles, ((r.name, r.orders, r.a, r.b, r.difference) for r in rows))
