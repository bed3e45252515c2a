"""Reports that colleagues have shown to me: read, and commented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day, from_ms
from fieldcrm.services import sharing
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.reviews import words
from fieldcrm.ui.reviews.photos import PhotoWall
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import FIELD_ACTION, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Footer, Header, card, column, holder, row, scrolling, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, secondary, section_title
from fieldcrm.ui.widgets.lists import RowTable
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import LineField


@dataclass(frozen=True, slots=True)
class Shown:
    """One report as this page has it."""

    id: UUID
    started_at: datetime
    report: dict[str, Any]


class SharedPage(Page):
    """The reports at the left, the chosen one at the right, one's own word below."""

    watches = frozenset({"shared_report"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._chosen: Shown | None = None
        back = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True, size=40)
        self.header = Header(tr("Shared with me"), "", (), back)
        self.model: RowsModel[Shown] = RowsModel(_columns(), key=lambda each: each.id)
        self.table = RowTable(self.model, context.settings.row_height(52), name=tr("Shared reports"))
        self.table.picked.connect(self._on_picked)
        self._body = QVBoxLayout()
        self.reply = LineField("", tr("Write to the rep"), height=FIELD_ACTION)
        self.send = Button(
            tr("Comment"), "primary", "comment-outline", height=FIELD_ACTION, on_click=self.on_comment
        )
        self._shown = QWidget()
        self._body.addWidget(self._shown)
        self._body.addStretch(1)
        inside = QWidget()
        inside.setLayout(self._body)
        halves = row(
            surface("card", column(self.table, gap=0, margins=(1, 1, 1, 1))), scrolling(inside), gap=16,
            margins=(24, 16, 24, 16),
        )  # fmt: skip
        halves.setStretch(0, 2)
        halves.setStretch(1, 3)
        whole = holder(column(halves, Footer(self.reply, self.send), gap=0))
        self._stack = QStackedWidget()
        self._stack.addWidget(whole)
        self._stack.addWidget(
            EmptyState(
                "share-variant-outline",
                tr("Nothing was shared with you yet"),
                tr("Reports that colleagues share arrive with the next sync."),
            )
        )
        self.outer.addWidget(self.header)
        self.outer.addWidget(self._stack, 1)
        self.bind("Ctrl+Return", self.on_comment, tr("Comment"))

    def panes(self) -> list[QWidget]:
        """Return the list and the reply."""
        return [self.table, self.reply]

    def refresh(self) -> None:
        me = self.context.me.id

        def read(session: Session) -> list[Shown]:
            return [Shown(each.id, each.started_at, each.report) for each in sharing.with_me(session, me)]

        self.jobs.read(self, read, self._show)

    def _show(self, found: list[Shown]) -> None:
        self.header.show_facts(ntr("{n} report", "{n} reports", len(found)) if found else "")
        self.model.show_rows(found)
        self._stack.setCurrentIndex(0 if found else 1)
        if found:
            keys = [each.id for each in found]
            self.table.pick(keys.index(self._chosen.id) if self._chosen and self._chosen.id in keys else 0)

    def _on_picked(self, chosen: Shown | None) -> None:
        self._chosen = chosen
        if chosen is None:
            return
        old, self._shown = self._shown, _report(chosen, self.context)
        self._body.replaceWidget(old, self._shown)
        old.deleteLater()

    def on_comment(self) -> None:
        """Send one's word to the rep and his manager."""
        chosen, text, me, at = self._chosen, self.reply.text(), self.context.me.id, self.context.now()
        if chosen is None or not text.strip():
            self.reply.set_wrong(True)
            self.reply.setFocus()
            return
        self.reply.set_wrong(False)
        self.reply.clear()
        self.jobs.write(
            self,
            lambda s: sharing.comment(s, chosen.id, text, me=me, at=at),
            lambda _: self.context.shell.toast(tr("Comment saved; it stands here after the next sync.")),
            self.context.shell.show_error,
        )


def _report(chosen: Shown, context: Context) -> QWidget:
    report, now = chosen.report, context.now()
    span = formats.clock_range(chosen.started_at, from_ms(report["left_at"]))
    day = formats.full_day(business_day(chosen.started_at))
    head = column(Label(report["account"], 24, SEMIBOLD), secondary(f"{report['rep']} · {day} {span}"), gap=4)
    from_whom = tr("Shared by {name}", name=report["shared_by"])
    pieces: list[Any] = [
        head,
        card(section_title(from_whom), Paragraph(report["text"] or "—", 14, 400, "text")),
    ]
    summary = report["summary"] or tr("The rep wrote no summary.")
    pieces.append(card(section_title(tr("Rep's summary")), Paragraph(summary, 14, 400, "text")))
    pieces += [frame for step in report["steps"] if (frame := _step(step)) is not None]
    if photos := sharing.photos_of(report):
        wall = PhotoWall(context, small_only=True)
        wall.show_photos(photos)
        pieces.append(card(section_title(tr("Photos")), wall))
    if report["said"]:
        lines = [
            column(
                row(Label(one["by"], 13, SEMIBOLD), secondary(formats.moment(from_ms(one["at"]), now)), None),
                Paragraph(one["text"], 14, 400, "text"), gap=2,
            )
            for one in report["said"]
        ]  # fmt: skip
        pieces.append(card(section_title(tr("Said about this visit")), *lines))
    return holder(column(*pieces, None, gap=16))


def _step(step: dict[str, Any]) -> QWidget | None:
    answered = [field for field in step["fields"] if step["answers"].get(field["key"]) is not None]
    if not answered:
        return None
    lines = []
    for field in answered:
        said, tone = words.answer(field, step["answers"][field["key"]])
        lines.append(row(secondary(str(field["label"])), None, Label(said, 13, 400, tone), gap=12))
    return card(section_title(step["title"]), *lines, gap=6)


def _columns() -> tuple[Column[Shown], ...]:
    return (
        Column(mark("Store"), lambda each: each.report["account"]),
        Column(mark("Shared by"), lambda each: each.report["shared_by"], width=110),
        Column(mark("Visit"), lambda each: formats.full_day(business_day(each.started_at)), width=150),
    )
