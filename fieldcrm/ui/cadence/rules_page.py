"""The office's rules of visiting and its calendar: who is visited how often, and when nobody is (V1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.rules import workdays
from fieldcrm.rules.cadence import pace, seasons_of
from fieldcrm.services import cadence
from fieldcrm.services.cadence import DayRow, RuleRow
from fieldcrm.ui import formats
from fieldcrm.ui.cadence import words
from fieldcrm.ui.cadence.rule_dialog import RuleDialog
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.buttons import Button, IconButton, Segments
from fieldcrm.ui.widgets.fields import ChoiceField, DayField, Field
from fieldcrm.ui.widgets.frames import Header, column, row, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, section_title
from fieldcrm.ui.widgets.lists import RowTable
from fieldcrm.ui.widgets.typing import LineField

PUBLIC = {
    "New Year": mark("New Year"), "Spring Festival": mark("Spring Festival"), "Qingming": mark("Qingming"),
    "Labour Day": mark("Labour Day"), "Dragon Boat Festival": mark("Dragon Boat Festival"),
    "Mid-Autumn Festival": mark("Mid-Autumn Festival"), "National Day": mark("National Day"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Day:
    """A day that is not what its weekday says: public, or marked by the office."""

    on: date
    is_open: bool
    name: str
    marked: DayRow | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    rules: list[RuleRow]
    days: list[DayRow]
    areas: list[tuple[UUID | None, str]]


class RulesPage(Page):
    """Rules at the left, the year's closed and worked days at the right."""

    watches = frozenset({"cadence_rule", "office_day", "territory", "account"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.year = context.today().year
        self.read = _Read([], [], [])
        add = Button(tr("New rule"), "primary", "plus", on_click=lambda: self.edit(None))
        back = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True)
        self.header = Header(tr("Visit rules"), "", [add], back)
        self.rules: RowsModel[RuleRow] = RowsModel(_rule_columns())
        self.table = RowTable(self.rules, context.settings.row_height(52), name=tr("Visit rules"))
        self.table.opened.connect(self.edit)
        order = Paragraph(
            tr("A store's own rhythm goes first; then channel and grade, channel, grade, every store; "
               "of equals the nearest area. Without a rule: A 7, B 14, C 28 days."),
            13, 400, "text2",
        )  # fmt: skip
        rules = surface("card", column(
            row(section_title(tr("How often")), None, margins=(16, 12, 16, 0)), self.table,
            row(order, margins=(16, 0, 16, 12)), gap=8, margins=(1, 1, 1, 1),
        ))  # fmt: skip
        body = row(gap=16, margins=(24, 16, 24, 16))
        body.addWidget(rules, 1)
        body.addWidget(self._calendar())
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)

    def _calendar(self) -> QWidget:
        self._year = Label("", 15, 600)
        self.days: RowsModel[_Day] = RowsModel(self._day_columns(), key=_key_of)
        high = self.context.settings.row_height(44)
        self.day_table = RowTable(self.days, high, name=tr("Days of the office"))
        self._unknown = Paragraph("", 13, 400, "warn")
        self.on = DayField(self.context.today(), name=tr("Day"))
        self.kind = Segments([(False, tr("Closed")), (True, tr("Worked"))], current=False, even=False)
        self.kind.chosen.connect(self.kind.choose)
        self.name = LineField("", tr("Why"))
        self.name_field = Field(tr("Why"), self.name)
        self.where = ChoiceField([], name=tr("Area"))
        mark_it = Button(tr("Mark the day"), icon="calendar-plus", on_click=self.mark)
        self.unmark_button = Button(tr("Take the mark away"), on_click=self._unmark_picked)
        before = IconButton("chevron-left", tr("Year before"), partial(self.go, -1), size=32)
        after = IconButton("chevron-right", tr("Year after"), partial(self.go, 1), size=32)
        title = section_title(tr("When"))
        head = row(title, None, before, self._year, after, gap=8, margins=(16, 12, 16, 0))
        form = column(
            row(self.on, self.kind, None, gap=12), self.where, self.name_field,
            row(mark_it, self.unmark_button, None, gap=8), gap=8, margins=(16, 8, 16, 12),
        )  # fmt: skip
        layout = column(head, row(self._unknown, margins=(16, 0, 16, 0)), self.day_table, form, gap=8,
                        margins=(1, 1, 1, 1))  # fmt: skip
        layout.setStretch(2, 1)
        calendar = surface("card", layout)
        calendar.setFixedWidth(400)
        return calendar

    def _day_columns(self) -> tuple[Column[_Day], ...]:
        today = self.context.today()
        return (
            Column(mark("Day"), lambda day: formats.day(day.on, today), width=132),
            Column(mark("What"), lambda day: tr("Worked") if day.is_open else tr("Closed"), width=76),
            Column(mark("Why"), _why),
        )

    def panes(self) -> list[QWidget]:
        """Return the rules and the days."""
        return [self.table, self.day_table]

    def refresh(self) -> None:
        """Read rules and days again."""
        me, year = self.context.me.id, self.year

        def read(session: Session) -> _Read:
            rules, days = cadence.rule_rows(session, me), cadence.day_rows(session, year, me)
            return _Read(rules, days, cadence.areas_of(session, me))

        self.jobs.read(self, read, self._show)

    def _show(self, read: _Read) -> None:
        self.read = read
        self.rules.show_rows(read.rules)
        self.header.show_facts(ntr("{n} rule", "{n} rules", len(read.rules)))
        self._year.show_text(str(self.year))
        marked = {day.on for day in read.days if day.territory_id is None}
        public = workdays.public_days(self.year).items()
        days = [_Day(on, day.is_open, day.name) for on, day in public if on not in marked]
        days += [_Day(day.on, day.is_open, day.name, day) for day in read.days]
        self.days.show_rows(sorted(days, key=lambda day: day.on))
        said = tr("The public holidays of {year} are not in this version; mark them here.", year=self.year)
        self._unknown.show_text(said, "warn")
        self._unknown.setVisible(not workdays.knows(self.year))
        areas = [(area, name or tr("The whole company")) for area, name in read.areas]
        self.where.show_choices(areas, self.where.value)

    def go(self, step: int) -> None:
        """Show another year."""
        self.year += step
        self.refresh_soon()

    def edit(self, rule: RuleRow | None) -> None:
        """Open a rule, or a new one; one of somebody else's area is only looked at."""
        if rule is not None and not rule.is_mine:
            self.context.shell.toast(tr("This rule is kept by another area or the company"))
            return
        RuleDialog(self.context, self.read.areas, rule).open()

    def mark(self) -> None:
        """Say of the day that is chosen what it is."""
        on, is_open, name, me = self.on.day, bool(self.kind.current), self.name.text(), self.context.me.id
        area = self.where.value
        where = area if isinstance(area, UUID) else None

        def done(_day: UUID) -> None:
            self.name.setText("")
            self.name_field.show_error("")

        self.jobs.write(
            self, lambda s: cadence.mark_day(s, on, is_open=is_open, name=name, territory_id=where, me=me),
            done, self._on_failed,
        )  # fmt: skip

    def _on_failed(self, error: FieldCrmError) -> None:
        if isinstance(error, Invalid) and error.field == "name":
            self.name_field.show_error(worded(error).title)
            self.name.setFocus()
        else:
            self.context.shell.show_error(error)

    def _unmark_picked(self) -> None:
        day: _Day | None = self.day_table.row()
        if day is None or day.marked is None or not day.marked.is_mine:
            self.context.shell.toast(tr("Choose a day that you marked; public holidays are marked over."))
            return
        key, me = day.marked.id, self.context.me.id

        def change(at: datetime | None) -> None:
            self.jobs.write(self, lambda s: cadence.unmark_day(s, key, at, me=me))

        change(self.context.now())
        self.context.shell.toast(tr("The mark is gone"), lambda: change(None))


def _key_of(day: _Day) -> object:
    return day.on, day.marked.id if day.marked else None


def _why(day: _Day) -> str:
    if day.marked is None:
        return tr(PUBLIC[day.name])
    where = day.marked.area
    return tr("{why}, {area}", why=day.name, area=where) if where else day.name


def _rule_columns() -> tuple[Column[RuleRow], ...]:
    return (
        Column(mark("Stores"), _subject),
        Column(mark("Area"), lambda rule: rule.area or tr("Company"), width=92),
        Column(mark("Rhythm"), lambda rule: words.every(rule.every), width=120),
        Column(mark("From – to"), _bounds, width=84),
        Column(mark("Seasons"), _seasons, width=172, hint=_seasons),
        Column(mark("Here"), _counted, width=84),
    )


def _counted(rule: RuleRow) -> str:
    return formats.count(rule.stores) if rule.stores else formats.NONE


def _subject(rule: RuleRow) -> str:
    said = words.subject(rule.channel, rule.grade)
    return tr("{stores} (said twice: the later rule counts)", stores=said) if rule.is_double else said


def _bounds(rule: RuleRow) -> str:
    found = pace(rule.every, rule.least, rule.most)
    return f"{found.least}–{found.most}"


def _seasons(rule: RuleRow) -> str:
    found = seasons_of(list(rule.seasons))
    return tr(" · ").join(words.season(season) for season in found) or formats.NONE
