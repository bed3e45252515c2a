"""Whether something is one's own or the organisation's, and the ways from one to the other."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.services import planning_defaults
from fieldcrm.storage import planning
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import row
from fieldcrm.ui.widgets.labels import caption


class DefaultLine(QWidget):
    """One line under a setting; ``reload`` shows the setting again when it has changed."""

    def __init__(self, context: Context, name: str, reload: Callable[[], object]) -> None:
        super().__init__()
        self._context, self._name, self._reload = context, name, reload
        self._said = caption("")
        self.follow = Button(tr("Use the organisation's"), "link", height=24, on_click=self._follow)
        self.give = Button(tr("Make it my people's default"), "link", height=24, on_click=self._give)
        self.setLayout(row(self._said, self.follow, self.give, None, gap=12))
        self.give.setVisible(context.me.role in planning_defaults.KEEPERS)

    def load(self) -> None:
        """Read whose it is."""

        def read(session: Session) -> tuple[bool, bool]:
            return planning.is_own(session, self._name), planning.is_given(session, self._name)

        self._context.jobs.read(self, read, lambda found: self._show(*found))

    def _show(self, own: bool, given: bool) -> None:
        said = tr("Your own on this laptop.") if own else tr("As your organisation gave it.")
        self._said.show_text(said if own or given else tr("As usual; nobody has set it."))
        self.follow.setVisible(own and given)

    def _follow(self) -> None:
        self._context.jobs.write(self, lambda s: planning.follow(s, self._name), self._again)

    def _give(self) -> None:
        me = self._context.me.id

        def write(session: Session) -> None:
            value = planning.as_default(session, self._name)
            planning_defaults.keep(session, self._name, value, me=me)

        def given(_done: None) -> None:
            self._context.shell.toast(tr("It reaches your people with the next sync."))
            self.load()

        self._context.jobs.write(self, write, given, self._context.shell.show_error)

    def _again(self, _done: object) -> None:
        self._reload()
        self.load()
