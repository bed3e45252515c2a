"""Writing one rule of visiting; what cannot stay is said at its field."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.model.accounts import Grade
from fieldcrm.services import cadence
from fieldcrm.services.cadence import RuleForm, RuleRow
from fieldcrm.ui.accounts.words import CHANNEL
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.fields import ChoiceField, Field
from fieldcrm.ui.widgets.frames import column, holder, row
from fieldcrm.ui.widgets.labels import Paragraph, caption
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField

_SPARE = 6


class SeasonLine(QWidget):
    """One season: from, to, and the days between visits in it."""

    def __init__(self, season: dict[str, Any] | None = None) -> None:
        super().__init__()
        known = season or {}
        self.first = LineField(str(known.get("from", "")), tr("From, such as 06-01"))
        self.last = LineField(str(known.get("to", "")), tr("To, such as 08-31"))
        self.every = LineField(str(known.get("every", "")), tr("Days between visits"))
        self._kept = {name: known[name] for name in ("least", "most") if name in known}
        self.is_gone = False
        away = IconButton("close", tr("Remove the season"), self._leave, size=32, quiet=True)
        self.setLayout(row(self.first, self.last, self.every, away, gap=8))

    def _leave(self) -> None:
        self.is_gone = True
        self.hide()

    @property
    def season(self) -> dict[str, Any] | None:
        """What is written, or None for an empty line."""
        if self.is_gone or not any(line.text().strip() for line in (self.first, self.last, self.every)):
            return None
        first, last = self.first.text().strip(), self.last.text().strip()
        return {"from": first, "to": last, "every": number(self.every.text())} | self._kept


class RuleDialog(Dialog):
    """Which stores, how often, and in which season otherwise."""

    def __init__(self, context: Context, areas: list[tuple[UUID | None, str]], rule: RuleRow | None) -> None:
        title = tr("Edit the rule") if rule else tr("New rule")
        super().__init__(title, tr("What is left open is said of all stores."), width=560)
        self._context, self._rule = context, rule
        named = [(area, name or tr("The whole company")) for area, name in areas]
        channels = [("", tr("Every channel")), *((key, tr(name)) for key, name in CHANNEL.items())]
        grades = [("", tr("Every grade")), *((str(g), tr("Grade {grade}", grade=g)) for g in Grade)]
        self.area = ChoiceField(named, rule.territory_id if rule else None)
        self.channel = ChoiceField(channels, rule.channel if rule else "")
        self.grade = ChoiceField(grades, rule.grade if rule else "")
        self.every = LineField(_text(rule.every) if rule else "")
        self.least = LineField(_text(rule.least) if rule else "")
        self.most = LineField(_text(rule.most) if rule else "")
        self.note = LineField(rule.note if rule else "")
        self.fields = {
            "area": Field(tr("Area"), self.area), "channel": Field(tr("Channel"), self.channel),
            "grade": Field(tr("Grade"), self.grade),
            "every_days": Field(tr("Days between visits"), self.every, required=True),
            "least_days": Field(tr("At least"), self.least, tr("Empty: half")),
            "most_days": Field(tr("At most"), self.most, tr("Empty: one and a half")),
            "note": Field(tr("Note"), self.note),
        }  # fmt: skip
        self.seasons = [SeasonLine(season) for season in (rule.seasons if rule else ())]
        self._season_lines = column(*self.seasons, gap=4)
        self.season_error = Paragraph("", 12, 400, "bad")
        self.season_error.hide()
        more = Button(tr("Add a season"), "link", height=24, on_click=self.add_season)
        field = self.fields
        self.add(
            field["area"], row(field["channel"], field["grade"], gap=12),
            row(field["every_days"], field["least_days"], field["most_days"], gap=12),
            caption(tr("Seasons with another rhythm")), holder(self._season_lines), self.season_error,
            row(more, None), field["note"],
        )  # fmt: skip
        self.button(tr("Cancel"))
        if rule is not None:
            self.button(tr("Remove"), "danger", self._remove)
        self.button(tr("Save the rule"), "primary", self.save, stays=True)

    def open(self) -> None:
        """Show the form."""
        self.ask(self._context.shell.window(), focus=self.every)

    def add_season(self) -> None:
        """Offer one more season."""
        if sum(not line.is_gone for line in self.seasons) < _SPARE:
            line = SeasonLine()
            self.seasons.append(line)
            self._season_lines.addWidget(line)
            self.adjustSize()
            line.first.setFocus()

    @property
    def form(self) -> RuleForm:
        """What is written."""
        area = self.area.value
        return RuleForm(
            area if isinstance(area, UUID) else None, str(self.channel.value or ""),
            str(self.grade.value or ""),
            number(self.every.text()), number(self.least.text()), number(self.most.text()),
            tuple(season for line in self.seasons if (season := line.season) is not None),
            self.note.text(),
        )  # fmt: skip

    def save(self) -> None:
        """Save, or say at the field what cannot stay."""
        for field in self.fields.values():
            field.show_error("")
        self.season_error.hide()
        rule_id, form, me = self._rule.id if self._rule else None, self.form, self._context.me.id

        def write(session: Session) -> None:
            cadence.save_rule(session, rule_id, form, me=me)

        self._context.jobs.write(self, write, lambda _done: self.leave(), self._on_failed)

    def _on_failed(self, error: FieldCrmError) -> None:
        if isinstance(error, Invalid) and error.field in self.fields:
            self.fields[error.field].show_error(worded(error).title)
            self.fields[error.field].control.setFocus()
        elif isinstance(error, Invalid) and error.field == "seasons":
            self.season_error.show_text(worded(error).title, "bad")
            self.season_error.show()
            self.adjustSize()
        else:
            self.leave()
            self._context.shell.show_error(error)

    def _remove(self) -> None:
        rule, me, at, jobs = self._rule, self._context.me.id, self._context.now(), self._context.jobs
        if rule is None:
            return
        host = self._context.shell.window()

        def change(when: datetime | None) -> None:
            jobs.write(host, lambda s: cadence.remove_rule(s, rule.id, when, me=me))

        change(at)
        self._context.shell.toast(tr("The rule is gone"), lambda: change(None))


def number(text: str) -> Any:
    """Return what is written as a number; nothing stays None and other words stay words."""
    kept = text.strip()
    return None if not kept else int(kept) if kept.isascii() and kept.isdigit() else kept


def _text(value: int | None) -> str:
    return "" if value is None else str(value)
