"""Asking by phone: what the rep reads out, and the code that he hears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from fieldcrm.errors import FieldCrmError
from fieldcrm.rules.quote_codes import Said
from fieldcrm.services import quote_codes
from fieldcrm.services.quote_codes import Approver, Asked
from fieldcrm.services.quote_list import Detail
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.quotes.keys import Keys
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.fields import ChoiceField, FactRow, Field
from fieldcrm.ui.widgets.frames import card
from fieldcrm.ui.widgets.labels import Label, secondary
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField


class CallDialog(Dialog):
    """Reads out, takes the code, checks it here; what does not fit stays in the dialog."""

    def __init__(
        self, context: Context, detail: Detail, approvers: Sequence[Approver], keys: Keys,
        then: Callable[[], object],
    ) -> None:  # fmt: skip
        super().__init__(
            tr("Approve by phone"),
            tr("Call, read this out, and type the code that you hear. No network is needed."), width=480,
        )  # fmt: skip
        self._context, self._detail, self._keys, self._then = context, detail, keys, then
        self.asked: Asked | None = None
        left = [(each.id, _named(each)) for each in approvers]
        self.who = ChoiceField(left, left[0][0], name=tr("Who is called"))
        self.who.chosen.connect(lambda _who: self.ask_for())
        self.challenge = Label("", 28, SEMIBOLD)
        self.challenge.setAccessibleName(tr("Challenge"))
        percent = formats.decimal(detail.percent)
        said = card(
            FactRow(tr("Customer"), detail.row.account, weight=SEMIBOLD),
            FactRow(tr("Total"), formats.money(detail.row.total), weight=SEMIBOLD),
            FactRow(tr("Discount off the price list"), tr("{n}%", n=percent), weight=SEMIBOLD),
            secondary(tr("Challenge")), self.challenge, gap=6,
        )  # fmt: skip
        self.code = LineField("", "0000-0000", name=tr("Code"))
        self._code = Field(tr("The code that was read back"), self.code)
        self.add(Field(tr("Who is called"), self.who), said, self._code)
        self.button(tr("Cancel"))
        self.yes = self.button(tr("Approve with the code"), "primary", self.take, stays=True)
        self.code.returnPressed.connect(self.take)

    def open(self) -> None:
        """Show the dialog and read what to say."""
        self.ask(self._context.shell.window(), self.code)
        self.ask_for()

    def ask_for(self) -> None:
        """Read what to read out to the chosen approver."""
        who, device, at = self.who.value, self._keys.device, self._context.now()
        if not isinstance(who, UUID) or device is None:
            return
        key = self._detail.row.id
        self._context.jobs.read(
            self, lambda s: quote_codes.ask(s, key, who, device, at), self._show, self._refuse
        )

    def _show(self, asked: Asked) -> None:
        self.asked = asked
        self.challenge.show_text(asked.challenge)

    def take(self) -> None:
        """Check the code and approve; hashing takes a moment."""
        asked, code = self.asked, self.code.text()
        if asked is None or self.yes.is_running:
            return
        self._code.show_error("")
        self.yes.set_running(True)
        self._context.jobs.task(
            self, lambda _stop, _told: quote_codes.matched(asked, code), partial(self._write, asked, code),
            self._refuse,
        )  # fmt: skip

    def _write(self, asked: Asked, code: str, said: Said) -> None:
        me, at = self._context.me.id, self._context.now()
        self._context.jobs.write(
            self, lambda s: quote_codes.accept(s, asked, said, code, me=me, at=at), self._done, self._refuse
        )

    def _done(self, _act: object) -> None:
        self.leave()
        self._context.shell.toast(tr("Approved by phone. The office checks the code with the next sync."))
        self._then()

    def _refuse(self, error: FieldCrmError) -> None:
        self.yes.set_running(False)
        self._code.show_error(worded(error).whole)
        self.adjustSize()
        self.code.setFocus()


def _named(who: Approver) -> str:
    return f"{who.name} · {ntr('{n} code left', '{n} codes left', who.left)}"
