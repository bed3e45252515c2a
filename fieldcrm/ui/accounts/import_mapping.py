"""The second step of an import: which column is what, and what holds for every line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout, QWidget

from fieldcrm.rules.importing.columns import FIELDS
from fieldcrm.rules.importing.duplicates import Policy
from fieldcrm.rules.importing.lines import Defaults
from fieldcrm.ui import formats
from fieldcrm.ui.accounts import words
from fieldcrm.ui.accounts.importing import Job, Preview
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Segments
from fieldcrm.ui.widgets.fields import ChoiceField, Field
from fieldcrm.ui.widgets.frames import card, column, holder, row, rule, scrolling
from fieldcrm.ui.widgets.labels import Label, caption, secondary, section_title

SIDE = 340
_ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "gb18030": "GB18030", "utf-16": "UTF-16"}
_SAMPLES = 3


class MappingStep(QWidget):
    """The columns with examples at the left, the choices for every line at the right."""

    def __init__(self) -> None:
        super().__init__()
        self._preview: Preview | None = None
        self._choices: list[ChoiceField] = []
        self._lines = column(gap=0)
        self._file = secondary("")
        self._sheet = ChoiceField(name=tr("Worksheet"))
        self._sheet.chosen.connect(lambda name: self._on_sheet(str(name)))
        self._on_sheet: Callable[[str], object] = lambda _name: None
        table = card(
            row(section_title(tr("Columns of the file")), self._file, None, self._sheet, gap=12),
            holder(self._lines), gap=12,
        )  # fmt: skip
        side = scrolling(column(self._for_every_line(), None, gap=16))
        side.setFixedWidth(SIDE)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(scrolling(column(table, None, gap=0, margins=(0, 0, 12, 0))), 1)
        layout.addWidget(side)

    def _for_every_line(self) -> QWidget:
        self.grade = ChoiceField([(g, words.grade(g)) for g in words.GRADES], "C")
        self.channel = ChoiceField([(c, words.channel(c)) for c in words.CHANNEL], "other")
        self.datum = ChoiceField([(d, tr(name)) for d, name in words.DATUMS.items()], "wgs84")
        self.territory = ChoiceField()
        self._territory = Field(tr("Territory"), self.territory)
        self.policy = Segments(
            [(Policy.SKIP, tr("Skip")), (Policy.UPDATE, tr("Update")), (Policy.CREATE, tr("Add"))],
            current=Policy.SKIP,
        )
        datum_help = tr(
            "GPS devices and most foreign lists give WGS-84. Gaode, Tencent and other Chinese maps give"
            " GCJ-02, Baidu gives BD-09. A wrong choice puts stores 300 to 1,200 metres off."
        )
        return card(
            section_title(tr("For every line")),
            Field(tr("Grade, where the line has none"), self.grade),
            Field(tr("Channel, where the line has none"), self.channel),
            Field(tr("Coordinate system"), self.datum, datum_help),
            self._territory,
            Field(
                tr("Stores already here"), self.policy,
                tr("The same code, or the same name at the same address, is the same store."),
            ),
            gap=12,
        )  # fmt: skip

    def show_territories(self, names: Sequence[tuple[UUID, str]], current: UUID | None) -> None:
        """Offer the territories to import into; a rep's own is not asked for."""
        self.territory.show_choices(names, current)
        self._territory.setVisible(len(names) > 1)

    def show_preview(self, preview: Preview, on_sheet: Callable[[str], object]) -> None:
        """Show a file's columns with the guess of what they are."""
        self._preview, self._on_sheet = preview, on_sheet
        sheet = preview.sheet
        facts = [formats.size(sheet.size), _ENCODINGS.get(sheet.encoding, "")]
        if not preview.has_header:
            facts.append(tr("no header line"))
        self._file.show_text(" · ".join(fact for fact in facts if fact))
        self._sheet.setVisible(len(sheet.sheets) > 1)
        self._sheet.show_choices([(name, name) for name in sheet.sheets], sheet.sheet)
        while item := self._lines.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._choices = []
        field_of = {column: field for field, column in preview.mapping.items()}
        for place, header in enumerate(preview.headers):
            self._add_line(place, header, field_of.get(place, ""), preview.samples)

    def _add_line(self, place: int, header: str, field: str, samples: Sequence[Sequence[str]]) -> None:
        name = Label(header.strip() or tr("Column {n}", n=place + 1), 14, SEMIBOLD)
        examples = [s[place].strip() for s in samples if place < len(s) and s[place].strip()][:_SAMPLES]
        said = caption(tr(", ").join(dict.fromkeys(examples)) or tr("empty"), "text3")
        choice = ChoiceField(
            [("", tr("Leave out")), *((each, tr(words.FIELDS[each])) for each in FIELDS)], field, name=header
        )
        choice.setFixedWidth(216)
        choice.chosen.connect(partial(self._on_chosen, place))
        self._choices.append(choice)
        line = row(column(name, said, gap=0), choice, gap=16, margins=(0, 8, 0, 8))
        line.setStretch(0, 1)
        if place:
            self._lines.addWidget(rule())
        self._lines.addWidget(holder(line))

    def _on_chosen(self, place: int, field: Any) -> None:
        """Let a field have one column: the latest that was chosen."""
        for other, choice in enumerate(self._choices):
            if other != place and field and choice.value == field:
                choice.choose("")

    def mapping(self) -> dict[str, int]:
        """Return which column holds each field."""
        return {str(c.value): place for place, c in enumerate(self._choices) if c.value}

    def missing(self) -> str:
        """Return what has to be chosen before going on, or nothing."""
        return "" if "name" in self.mapping() else tr("Choose the column with the store's name.")

    def job(self, preview: Preview) -> Job:
        """Return what to import and how."""
        defaults = Defaults(
            grade=str(self.grade.value), channel=str(self.channel.value), datum=str(self.datum.value)
        )
        where = self.territory.value
        return Job(
            preview.sheet, self.mapping(), preview.has_header, defaults, Policy(str(self.policy.current)),
            where if isinstance(where, UUID) else None,
        )  # fmt: skip
