"""A store's own rhythm: how often, within which bounds, and why not by the rules."""

from __future__ import annotations

from functools import partial

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.services import cadence
from fieldcrm.services.account_pages import AccountPage
from fieldcrm.ui.cadence import words
from fieldcrm.ui.cadence.rule_dialog import number
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.frames import row
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField


class OverrideDialog(Dialog):
    """Saving needs a reason; giving the store back to the rules does not."""

    def __init__(self, context: Context, page: AccountPage) -> None:
        said = words.rhythm(page.rhythm, context.today())
        title = tr("How often is {store} visited?", store=page.name)
        super().__init__(title, tr("Now {rhythm}.", rhythm=said), width=520)
        self._context, self._account = context, page.id
        own = page.cadence_days is not None
        now = page.rhythm.on(context.today())
        self.every = LineField(str(now.every))
        self.least = LineField(str(now.least) if own else "")
        self.most = LineField(str(now.most) if own else "")
        self.reason = LineField(page.cadence_reason)
        self.fields = {
            "every_days": Field(tr("Days between visits"), self.every, required=True),
            "least_days": Field(tr("At least"), self.least, tr("Empty: half")),
            "most_days": Field(tr("At most"), self.most, tr("Empty: one and a half")),
            "reason": Field(tr("Why not by the rules"), self.reason, required=True),
        }
        days = [self.fields[name] for name in ("every_days", "least_days", "most_days")]
        self.add(row(*days, gap=12), self.fields["reason"])
        self.button(tr("Cancel"))
        if own:
            self.button(tr("Back to the rules"), on_click=self._give_back)
        self.button(tr("Save the rhythm"), "primary", self.save, stays=True)

    def open(self) -> None:
        """Show the form."""
        self.ask(self._context.shell.window(), focus=self.every)

    def save(self) -> None:
        """Save, or say at the field what cannot stay."""
        for field in self.fields.values():
            field.show_error("")
        every, least, most = (number(line.text()) for line in (self.every, self.least, self.most))
        every = 0 if every is None else every
        key, reason = self._account, self.reason.text()
        self._context.jobs.write(
            self, lambda s: cadence.override(s, key, every, reason, least=least, most=most),
            lambda _before: self.leave(), self._on_failed,
        )  # fmt: skip

    def _on_failed(self, error: FieldCrmError) -> None:
        if isinstance(error, Invalid) and error.field in self.fields:
            self.fields[error.field].show_error(worded(error).title)
            self.fields[error.field].control.setFocus()
            return
        self.leave()
        self._context.shell.show_error(error)

    def _give_back(self) -> None:
        key, jobs, host = self._account, self._context.jobs, self._context.shell.window()

        def told(before: tuple[int | None, int | None, int | None, str | None]) -> None:
            undo = partial(jobs.write, host, lambda s: cadence.put_back(s, key, before))
            self._context.shell.toast(tr("Visited by the rules again"), undo)

        jobs.write(host, lambda s: cadence.override(s, key, None, ""), told)
