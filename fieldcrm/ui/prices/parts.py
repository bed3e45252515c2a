"""The lines inside a rule (tiers, units, parts of a bill): a small table, each line edited in a dialog."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fieldcrm.rules.rule_columns import Table
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.prices import form, values, words
from fieldcrm.ui.prices.choices import Offers
from fieldcrm.ui.prices.form import RuleFields
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import column, holder, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, caption
from fieldcrm.ui.widgets.overlays import Dialog


class PartsField(QWidget):
    """The lines of one part; the order is kept, since it counts for tiers."""

    edited = Signal()

    def __init__(self, context: Context, table: Table, offers: Offers, lines: list[Doc]) -> None:
        super().__init__()
        self._context, self.table, self.offers = context, table, offers
        self.lines = [dict(each) for each in lines]
        self._held = column(gap=4)
        self._error = Paragraph("", 12, 400, "bad")
        self._error.hide()
        add = Button(tr("Add a line"), "link", height=24, on_click=lambda: self.open(None))
        self.setLayout(
            column(caption(words.sheet(table.name)), holder(self._held), self._error, row(add, None), gap=4)
        )
        self._draw()

    def show_error(self, text: str) -> None:
        """Say what is wrong with these lines."""
        self._error.show_text(text, "bad")
        self._error.setVisible(bool(text))

    def open(self, number: int | None) -> None:
        """Edit a line, or write a new one."""
        PartDialog(self, number).open()

    def keep(self, number: int | None, line: Doc | None) -> None:
        """Put a line in its place; None takes it out."""
        if number is None and line is not None:
            self.lines.append(line)
        elif number is not None and line is None:
            self.lines.pop(number)
        elif number is not None and line is not None:
            self.lines[number] = line
        self._draw()
        self.edited.emit()

    def _draw(self) -> None:
        while (item := self._held.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for number, each in enumerate(self.lines):
            text = Label(self._said(each), 14)
            edit = IconButton(
                "pencil-outline", tr("Edit the line"), partial(self.open, number), size=32, quiet=True
            )
            away = IconButton(
                "close", tr("Remove the line"), partial(self.keep, number, None), size=32, quiet=True
            )
            line = row(text, edit, away, gap=4)
            line.setStretch(0, 1)
            self._held.addWidget(holder(line))
        if not self.lines:
            self._held.addWidget(caption(tr("None yet")))

    def _said(self, line: Doc) -> str:
        return values.line(self.offers.name, self.table, line)

    @property
    def context(self) -> Context:
        """What the page around it was given."""
        return self._context


class PartDialog(Dialog):
    """One line."""

    def __init__(self, field: PartsField, number: int | None) -> None:
        super().__init__(words.sheet(field.table.name), width=560)
        self._field, self._number = field, number
        self._doc = {} if number is None else field.lines[number]
        paths = [each.path for each in field.table.columns]
        self.fields = RuleFields(field.context, field.table, paths, field.offers, self._doc)
        self.add(self.fields)
        self.button(tr("Cancel"))
        self.button(tr("Keep the line"), "primary", self.save, stays=True)

    def open(self) -> None:
        """Show the line."""
        first = next(iter(self.fields.fields.values()))
        self.ask(self._field.context.shell.window(), focus=first.control)

    def save(self) -> None:
        """Keep the line, or say what cannot stay."""
        made, errors = form.document([self.fields], self._doc)
        if not errors:
            self.leave()
            self._field.keep(self._number, made)
