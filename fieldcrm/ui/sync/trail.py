"""The way of one record, opened from wherever it is shown: saved, sealed, sent, stored, seen.

Everything but the last is read from this laptop. Who has it is asked of the server, and what
was answered last is shown with its time while there is no network.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from PySide6.QtWidgets import QFileDialog, QWidget
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.errors import FieldCrmError
from fieldcrm.storage import disk
from fieldcrm.sync import holders, receipts, status
from fieldcrm.sync.holders import Known
from fieldcrm.sync.receipts import Receipt
from fieldcrm.sync.status import Chain, Step
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.sidebar import role
from fieldcrm.ui.sync import details, parcels, words
from fieldcrm.ui.sync.parcels import Key
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import Piece, column, holder, row, rule
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, secondary
from fieldcrm.ui.widgets.overlays import Dialog

_MOST_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Trail:
    """What this laptop knows of a record's way; ``after`` are the things that go before it."""

    chain: Chain
    receipt: Receipt | None
    after: tuple[tuple[Key, str], ...]
    known: Known | None


def read(session: Session, entity: str, row_id: UUID) -> Trail:
    """Read it."""
    waiting = {parcel.key: parcel for parcel in parcels.ready(session)}
    mine = waiting.get((entity, row_id))
    after = [(key, words.title(waiting[key])) for key in (mine.after if mine else ()) if key in waiting]
    return Trail(
        status.chain(session, entity, row_id), receipts.of_record(session, entity, row_id), tuple(after),
        holders.last_known(session, row_id),
    )  # fmt: skip


def show(context: Context, entity: str, row_id: UUID, title: str) -> None:
    """Open the way of a record."""
    context.jobs.read(
        context.shell.window(), lambda session: read(session, entity, row_id),
        lambda trail: TrailDialog(context, entity, row_id, title, trail).ask(context.shell.window()),
    )  # fmt: skip


class TrailDialog(Dialog):
    """The steps, what it waits for, the receipt, and who has it."""

    def __init__(self, context: Context, entity: str, row_id: UUID, title: str, trail: Trail) -> None:
        super().__init__(tr("The way of this record"), title, width=560)
        self._context, self._entity, self._row_id, self._trail = context, entity, row_id, trail
        now = context.now()
        self._people = QWidget()
        self._place = column(self._people, gap=0)
        self.add(*_steps(trail, entity, now), *self._before(), rule(), self._place)
        self._show_people(trail.known, fresh=False)
        self.button(tr("Close"))
        self.receipt = Button(tr("Save the receipt"), icon="download", on_click=self._save_receipt)
        self._buttons.addWidget(self.receipt)
        self.receipt.setVisible(trail.receipt is not None)
        if trail.chain.stored_at is not None or trail.chain.saved_at is None:
            self._ask_people()

    def _before(self) -> list[Piece]:
        """Return what must go first, each with a way to it."""
        pieces: list[Piece] = []
        for key, title in self._trail.after:
            said = Paragraph(tr("Waits for: {what}", what=title), 13, REGULAR, "text2")
            go = Button(tr("Show it"), "link", height=28, on_click=partial(self._go, key))
            line = row(32, gap=8)
            line.addWidget(said, 1)
            line.addWidget(go)
            pieces.append(line)
        return pieces

    def _go(self, key: Key) -> None:
        self.leave()
        self._context.shell.open("sync", row_id=key[1])

    # -- who has it -----------------------------------------------------------------------

    def _ask_people(self) -> None:
        laptop = self._context.laptop
        if laptop is None or not self._context.connection.online:
            return
        entity, row_id = self._entity, self._row_id
        self._context.jobs.task(
            self, lambda _stop, _progress: holders.ask(laptop.remote, entity, row_id), self._on_people,
            self._on_no_answer,
        )  # fmt: skip

    def _on_people(self, known: Known) -> None:
        row_id = self._row_id
        self._context.jobs.write(self, lambda session: holders.remember(session, row_id, known))
        self._show_people(known, fresh=True)

    def _on_no_answer(self, _error: FieldCrmError) -> None:
        """Keep showing what was known last: it says itself how old it is."""

    def _show_people(self, known: Known | None, *, fresh: bool) -> None:
        body = holder(column(*_people(known, self._context.now(), fresh=fresh), gap=6))
        self._place.replaceWidget(self._people, body)
        self._people.deleteLater()
        self._people = body
        self.adjustSize()

    # -- the receipt ----------------------------------------------------------------------

    def _save_receipt(self) -> None:
        receipt = self._trail.receipt
        name = f"receipt-{self._entity}-{str(self._row_id)[:8]}.json"
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save the receipt"), name, "JSON (*.json)")
        if chosen and receipt is not None:
            self.write_receipt(receipt, Path(chosen))

    def write_receipt(self, receipt: Receipt, path: Path) -> None:
        """Write the receipt to a file that stands alone."""

        def write(session: Session) -> None:
            disk.write_whole(path, receipts.as_file(session, receipt))

        shell = self._context.shell
        self._context.jobs.read(
            self,
            write,
            lambda _done: shell.toast(tr("Receipt saved: {name}", name=path.name)),
            shell.show_error,
        )


def _steps(trail: Trail, entity: str, now: datetime) -> list[Piece]:
    chain = trail.chain
    if chain.saved_at is None:
        return [details.step(tr("It came from the office"), None, "cloud-check-outline", "ok", "", now=now)]
    stored = tr("Stored at the office")
    proof = _proof(trail, now)
    steps: list[Piece] = [
        details.step(tr("Saved on this laptop"), chain.saved_at, "content-save-outline", "local", "",
                     now=now),
        details.step(tr("Sealed: it can no longer change"), chain.sent_at, "lock-outline", "local",
                     tr("Until then further edits join it."), now=now),
        details.step(tr("Sent"), chain.sent_at, "tray-arrow-up", "local", "", now=now),
        details.step(stored, chain.stored_at, "cloud-check-outline", "ok", _no_answer(chain), now=now),
    ]  # fmt: skip
    if proof:
        steps.append(row(32, secondary(proof), None, gap=0))
    if chain.photos_waiting:
        left = ntr("{n} photo is still here", "{n} photos are still here", chain.photos_waiting)
        steps.append(details.step(tr("Photos at the office"), None, "image-outline", "ok", left, now=now))
    if entity == "visit":
        unseen = tr("Nobody has opened the report yet") if chain.stored_at else ""
        steps.append(
            details.step(tr("Seen by your manager"), chain.seen_at, "check-circle", "ok", unseen, now=now)
        )
    return steps


def _no_answer(chain: Chain) -> str:
    if chain.step is Step.REFUSED:
        return tr("The office refused it: see Sync.")
    return (
        tr("No answer yet. It is sent again by itself; the office takes it only once.")
        if chain.sent_at
        else ""
    )


def _proof(trail: Trail, now: datetime) -> str:
    if trail.receipt is not None:
        return tr("Signed receipt of {when}", when=formats.moment(trail.receipt.at, now))
    return tr("The office did not sign a receipt for it.") if trail.chain.stored_at else ""


def _people(known: Known | None, now: datetime, *, fresh: bool) -> list[Piece]:
    title: Piece = Label(tr("Who else has this version"), 14, SEMIBOLD)
    if known is None:
        return [title, secondary(tr("Known when there is a connection."))]
    age = "" if fresh else formats.moment(clock.from_ms(known.at), now)
    under: list[Piece] = [secondary(tr("As of {when}", when=age))] if age else []
    if not known.holders:
        return [title, *under, secondary(tr("No other laptop has fetched it yet."))]
    lines: list[Piece] = []
    for each in known.holders[:_MOST_SHOWN]:
        who = tr("{name}, {role}", name=each.name, role=role(each.role)) if role(each.role) else each.name
        sign = Sign("check-circle", 16, "ok") if each.held_at else Sign("progress-check", 16, "text3")
        lines.append(row(sign, Label(who, 13), None, secondary(formats.moment(each.since, now)), gap=8))
    more = len(known.holders) - _MOST_SHOWN
    if more > 0:
        lines.append(secondary(tr("and {n} more", n=more)))
    return [title, *under, *lines]
