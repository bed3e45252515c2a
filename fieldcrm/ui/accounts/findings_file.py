"""The report of an import as a file that opens in any spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fieldcrm.rules.importing.lines import Finding, Weight
from fieldcrm.services import account_exports
from fieldcrm.ui.accounts import words
from fieldcrm.ui.i18n import mark, tr

WEIGHTS = {Weight.ERROR: mark("Left out"), Weight.WARNING: mark("Doubtful"), Weight.NOTE: mark("To know")}


def write(path: Path, findings: Sequence[Finding]) -> int:
    """Write one line per finding; returns how many."""
    titles = [tr("Line"), tr("Column"), tr("Weight"), tr("What is wrong"), tr("Was"), tr("Became")]
    lines = (
        [
            str(each.line), tr(words.FIELDS.get(each.field, each.field)), tr(WEIGHTS[each.weight]),
            words.finding(each.code, each.kept), each.value, each.kept,
        ]
        for each in sorted(findings, key=lambda each: (each.line, -each.weight))
    )  # fmt: skip
    return account_exports.write_csv(path, titles, lines)
