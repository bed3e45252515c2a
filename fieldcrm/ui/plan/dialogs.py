"""A question of the plan: why a visit is skipped."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.today.words import SKIP_REASONS
from fieldcrm.ui.widgets.buttons import Chips
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField

_NO_REASON = mark("Write why, so that your manager need not ask")


def ask_reason(host: QWidget, store: str, then: Callable[[str], object]) -> None:
    """Ask why ``store`` is skipped; without a reason the question stays."""
    dialog = Dialog(tr("Skip {store}?", store=store))
    field = LineField("", tr("Reason"))
    labelled = Field(tr("Reason"), field)
    chips = Chips([(reason, tr(reason)) for reason in SKIP_REASONS])
    chips.changed.connect(lambda: field.setText(tr(str(chips.current))))
    dialog.add(chips, labelled)
    dialog.button(tr("Keep it"))

    def skip() -> None:
        if not field.text().strip():
            labelled.show_error(tr(_NO_REASON))
            field.setFocus()
            return
        dialog.leave()
        then(field.text())

    dialog.button(tr("Skip the visit"), "primary", skip, stays=True)
    dialog.ask(host, field)
