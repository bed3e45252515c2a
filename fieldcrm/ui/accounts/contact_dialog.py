"""Adding or changing a person at an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.services import contacts
from fieldcrm.services.contacts import ContactRow
from fieldcrm.ui.accounts import words
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.fields import ChoiceField, Field, Tick
from fieldcrm.ui.widgets.frames import row
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField, TextField

LINES = ("name", "title", "role", "phone", "email")


class ContactDialog(Dialog):
    """Fields are checked when they are left; saving jumps to the first that cannot stay."""

    def __init__(
        self, context: Context, account_id: UUID, person: ContactRow | None,
        removed: Callable[[ContactRow], object],
    ) -> None:  # fmt: skip
        title = tr("Edit {person}", person=person.name) if person else tr("New contact")
        super().__init__(title, width=520)
        self._context, self._account, self._person, self._removed = context, account_id, person, removed
        self.lines = {name: LineField(getattr(person, name, "") if person else "") for name in LINES}
        self.fields = {
            name: Field(
                tr("Name") if name == "name" else tr(words.FIELDS[name]), line, required=name == "name"
            )
            for name, line in self.lines.items()
        }
        for name, line in self.lines.items():
            line.left.connect(lambda name=name: self._check(name))
        self.influence = ChoiceField(
            [(n, tr(said)) for n, said in enumerate(words.INFLUENCE)], person.influence if person else 0
        )
        self.primary = Tick(tr("Ask for this person first"), on=person.is_primary if person else False)
        self.note = TextField(person.note if person else "", height=64)
        self.add(
            self.fields["name"],
            row(self.fields["title"], self.fields["role"], gap=12),
            row(self.fields["phone"], self.fields["email"], gap=12),
            Field(tr("Influence"), self.influence), self.primary, Field(tr("Note"), self.note),
        )  # fmt: skip
        self.button(tr("Cancel"))
        if person is not None:
            self.button(tr("Remove"), "danger", self._remove)
        self.yes = self.button(tr("Save contact"), "primary", self.save, stays=True)

    def open(self) -> None:
        """Show the form with its first field ready."""
        self.ask(self._context.shell.window(), focus=self.lines["name"])

    def _check(self, name: str) -> bool:
        text = self.lines[name].text()
        try:
            kept = contacts.checked(name, text) if text.strip() or name == "name" else ""
        except Invalid as error:
            self.fields[name].show_error(worded(error).title)
            return False
        self.fields[name].show_error("")
        if kept != text:
            self.lines[name].setText(kept)
        return True

    def save(self) -> None:
        """Save, once, or go to the first field that cannot stay."""
        if self.yes.is_running:
            return
        wrong = [name for name in LINES if not self._check(name)]
        if wrong:
            self.lines[wrong[0]].setFocus()
            return
        fields: dict[str, Any] = {name: line.text().strip() for name, line in self.lines.items()}
        fields |= {
            "influence": self.influence.value, "is_primary": self.primary.isChecked(),
            "note": self.note.text(),
        }  # fmt: skip
        person, account_id = self._person, self._account

        def write(session: Session) -> None:
            if person is None:
                contacts.add(session, account_id, fields)
            else:
                contacts.edit(session, person.id, fields)

        self.yes.set_running(True)
        self._context.jobs.write(self, write, lambda _done: self.leave(), self._on_failed)

    def _on_failed(self, error: FieldCrmError) -> None:
        self.yes.set_running(False)
        if isinstance(error, Invalid) and error.field in self.fields:
            self.fields[error.field].show_error(worded(error).title)
            return
        self.leave()
        self._context.shell.show_error(error)

    def _remove(self) -> None:
        person, at = self._person, self._context.now()
        if person is not None:
            self._context.jobs.write(
                self._context.shell.window(),
                lambda s: contacts.remove(s, person.id, at),
                lambda _done: self._removed(person),
            )
