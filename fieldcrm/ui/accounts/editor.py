"""Writing an account, new or old: one reading column, its figures checked as they are left.

What is typed is kept as a draft within a second, so a crash brings it back; saving
discards the draft in the same step. Only the fields that changed are written.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.services import account_pages, accounts
from fieldcrm.services.account_pages import AccountPage
from fieldcrm.storage import drafts
from fieldcrm.ui import formats
from fieldcrm.ui.accounts import words
from fieldcrm.ui.accounts.form import Form
from fieldcrm.ui.accounts.position_dialog import PositionDialog
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Footer, Header, column, holder, row, scrolling
from fieldcrm.ui.widgets.labels import secondary
from fieldcrm.ui.widgets.overlays import confirm

KIND = "account"
NEW = "new"
_SAVE_MS = 700
READING = 760


class AccountEditorPage(Page):
    """The form of one account; ``account_id`` None makes a new one."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._account: UUID | None = None
        self._begin_with = "name"
        self._loaded = ""
        self._before: dict[str, Any] = {}
        self.header = Header(
            tr("New account"), "", [],
            IconButton("arrow-left", tr("Back"), self._leave, quiet=True),
        )  # fmt: skip
        self.form = Form()
        self.form.changed.connect(self._on_typed)
        self.form.pick_wanted.connect(self._pick)
        middle = row(None, self.form, None, gap=0, margins=(24, 24, 24, 24))
        self.form.setFixedWidth(READING)
        self._saved_at = secondary("", "text3")
        self._discard = Button(tr("Discard"), "ghost", height=44, on_click=self._ask_discard)
        self.save_button = Button(
            tr("Save account"), "primary", "check", height=44, on_click=self.save, wide=160
        )
        self._missing = secondary("", "warn")
        self.outer.addWidget(self.header)
        self.outer.addWidget(scrolling(holder(column(middle, None, gap=0))), 1)
        self.outer.addWidget(Footer(self._discard, self._saved_at, None, self._missing, self.save_button))
        self._pause = QTimer(self, interval=_SAVE_MS, singleShot=True)
        self._pause.timeout.connect(self._keep)
        self.bind("Ctrl+Return", self.save, tr("Save the account"))
        self.bind("Ctrl+S", self.save)

    def panes(self) -> list[QWidget]:
        """Return the form and its button."""
        return [self.form.first(), self.save_button]

    def show_place(self, **where: object) -> None:
        """Edit ``account_id``, or make a new account; ``field`` gets the focus."""
        account_id = where.get("account_id")
        self._account = account_id if isinstance(account_id, UUID) else None
        self._begin_with = str(where.get("field", "name"))
        self._loaded = ""
        self.refresh_soon()

    def step_back(self) -> bool:
        """Esc leaves; what was typed stays as a draft."""
        self._leave()
        return True

    def leaving(self) -> None:
        """Keep what is half typed."""
        if self._pause.isActive():
            self._pause.stop()
            self._keep()

    @property
    def _key(self) -> str:
        return str(self._account) if self._account else NEW

    # -- reading --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the account and its draft, once for each time the form is opened."""
        if self._loaded == self._key:
            return
        account_id, me, today, key = self._account, self.context.me.id, self.context.today(), self._key

        def read(session: Session) -> tuple[AccountPage | None, Any, list[tuple[UUID, str]]]:
            page = None
            if account_id is not None:
                page = account_pages.account_page(session, account_id, me=me, today=today)
            return page, drafts.load(session, KIND, key), accounts.territory_names(session, me)

        self.jobs.read(self, read, partial(self._show, key))

    def _show(self, key: str, read: tuple[AccountPage | None, Any, list[tuple[UUID, str]]]) -> None:
        page, draft, territories = read
        if key != self._key:
            return
        self._loaded = key
        self.header.show_title(tr("Edit {store}", store=page.name) if page else tr("New account"))
        self.form.show_territories(territories, page.territory_id if page else self.context.me.territory_id)
        kept = tr("What you type is kept on this laptop.")
        self.header.show_facts(" · ".join(f for f in (page.code, page.full_address) if f) if page else kept)
        self._before = values_of(page)
        self.form.show_values(self._before | (draft if isinstance(draft, dict) else {}))
        self._discard.setVisible(draft is not None)
        self._saved_at.show_text(tr("Your unfinished input is back.") if draft else "")
        self._missing.show_text("")
        self.form.focus_field(self._begin_with)

    # -- typing ---------------------------------------------------------------------------

    def _on_typed(self) -> None:
        self._pause.start()
        self._missing.show_text("")

    def _keep(self) -> None:
        key, at, values = self._key, self.context.now(), self._changed()
        if self._loaded != key:
            return

        def write(session: Session) -> None:
            if values:
                drafts.save(session, KIND, key, values, at)
            else:
                drafts.discard(session, KIND, key)

        self._discard.setVisible(bool(values))
        self.jobs.write(self, write, lambda _done: self._say_kept(bool(values)))

    def _say_kept(self, something: bool) -> None:
        time = formats.clock(self.context.now())
        self._saved_at.show_text(tr("Draft kept {time}", time=time) if something else "")

    def _changed(self) -> dict[str, Any]:
        now = self.form.values()
        return {name: value for name, value in now.items() if value != self._before.get(name)}

    def _pick(self) -> None:
        position, address = self.form.position(), self.form.whole_address()
        PositionDialog(self.context, position, self.form.show_position, address).open()

    # -- saving ---------------------------------------------------------------------------

    def save(self) -> None:
        """Save what changed, or go to the first field that cannot stay."""
        if self.save_button.is_running:  # its key was pressed twice
            return
        self.form.settle()
        wrong = self.form.check_all()
        if wrong:
            self._missing.show_text(
                tr("{field} needs a look", field=tr(words.FIELDS.get(wrong[0], wrong[0])))
            )
            self.form.focus_field(wrong[0])
            return
        changes, key, me = self._to_write(), self._key, self.context.me.id
        account_id, territory = self._account, self.form.territory()

        def write(session: Session) -> UUID:
            drafts.discard(session, KIND, key)
            if account_id is not None:
                accounts.edit(session, account_id, changes, me=me)
                return account_id
            return accounts.create(session, changes, me=me, territory_id=territory)

        self._pause.stop()
        self.save_button.set_running(True)
        self.jobs.write(self, write, self._on_saved, self._on_failed)

    def _to_write(self) -> dict[str, Any]:
        """Return what changed as services take it; a position goes as a whole."""
        changed = self._changed()
        if {"latitude", "longitude", "datum"} & changed.keys():
            position = self.form.position()
            changed |= accounts.with_position(position)
        for name in ("latitude", "longitude", "territory"):
            changed.pop(name, None)
        if "latitude_e7" not in changed:
            changed.pop("datum", None)
        return changed

    def _on_saved(self, account_id: UUID) -> None:
        self.save_button.set_running(False)
        self._loaded = ""
        was_new = self._account is None
        self._account = account_id
        if was_new:
            self.context.shell.back()
            self.context.shell.open("account", account_id=account_id)
        else:
            self.context.shell.back()
        self.context.shell.toast(tr("Saved on this laptop"))

    def _on_failed(self, error: FieldCrmError) -> None:
        self.save_button.set_running(False)
        if isinstance(error, Invalid) and self.form.has(error.field):
            self.form.show_error(error.field, worded(error).title)
            self.form.focus_field(error.field)
            return
        self.context.shell.show_error(error)

    def _ask_discard(self) -> None:
        confirm(
            self.context.shell.window(), tr("Discard what you typed?"),
            tr("The account stays as it was saved last."), tr("Discard"), self._throw_away,
            keep=tr("Keep typing"),
        )  # fmt: skip

    def _throw_away(self) -> None:
        self._pause.stop()
        key = self._key
        self._loaded = ""
        self.jobs.write(self, lambda s: drafts.discard(s, KIND, key), lambda _done: self.context.shell.back())

    def _leave(self) -> None:
        self.context.shell.back()


def values_of(page: AccountPage | None) -> dict[str, Any]:
    """Return the form's values of an account as plain JSON, or those of a new one."""
    if page is None:
        return {
            "name": "", "code": "", "channel": "other", "grade": "C", "phone": "", "province": "", "city": "",
            "district": "", "address": "", "postcode": "", "opening": [], "service_minutes": 30,
            "cadence_days": None, "tags": [], "tax_id": "", "note": "", "latitude": "", "longitude": "",
            "datum": "gcj02",
        }  # fmt: skip
    plain = (
        "name", "code", "channel", "grade", "phone", "province", "city", "district", "address", "postcode",
        "service_minutes", "cadence_days", "tax_id", "note",
    )  # fmt: skip
    values: dict[str, Any] = {name: getattr(page, name) for name in plain}
    place = page.position
    return values | {
        "opening": list(page.opening), "tags": list(page.tags),
        "latitude": f"{place.latitude:.7f}" if place else "",
        "longitude": f"{place.longitude:.7f}" if place else "",
        "datum": place.datum if place else "gcj02",
    }  # fmt: skip
