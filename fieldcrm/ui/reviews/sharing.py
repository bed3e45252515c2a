"""Showing a report to a colleague: whom, and a word to him."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.services import sharing
from fieldcrm.services.sharing import Colleague
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import FIELD_ACTION
from fieldcrm.ui.widgets.fields import ChoiceField, Field
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import TextField


def ask(context: Context, owner: QWidget, visit_id: UUID, account: str) -> None:
    """Read whom a report can be shown to, then ask."""
    me = context.me.id
    context.jobs.read(
        owner,
        lambda s: sharing.colleagues(s, me),
        lambda found: ShareDialog(context, visit_id, account, found).ask(context.shell.window()),
    )


class ShareDialog(Dialog):
    """Asks with whom to share one report."""

    def __init__(self, context: Context, visit_id: UUID, account: str, people: list[Colleague]) -> None:
        super().__init__(tr("Share the report"), account, width=520)
        self._context, self._visit_id = context, visit_id
        names = [(str(each.id), _named(each)) for each in people]
        self.whom = ChoiceField([("", tr("Choose a colleague")), *names], height=FIELD_ACTION)
        self.text = TextField(height=88, name=tr("Message"))
        self._field = Field(tr("With"), self.whom)
        note = tr("They read the answers and your summary, and can comment. Photos and orders stay here.")
        self.add(Paragraph(note, 14, 400, "text2"), self._field, Field(tr("Message"), self.text))
        self.button(tr("Cancel"))
        self.button(tr("Show to a colleague"), "primary", self.press, stays=True)

    def press(self) -> None:
        """Share, or say that nobody was chosen."""
        chosen = str(self.whom.value or "")
        if not chosen:
            self._field.show_error(tr("Choose a colleague"))
            return
        self.leave()
        me, at, text, visit_id = self._context.me.id, self._context.now(), self.text.text(), self._visit_id
        shell = self._context.shell

        def write(session: Session) -> UUID:
            return sharing.share(session, visit_id, UUID(chosen), me=me, at=at, text=text)

        said = tr("Shared; it arrives with the next sync.")
        self._context.jobs.write(shell.window(), write, lambda _: shell.toast(said), shell.show_error)


def _named(each: Colleague) -> str:
    return f"{each.name} · {each.title}" if each.title else each.name
