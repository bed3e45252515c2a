"""When whoever comes along can: two times that a route keeps to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.model.joint_visits import JointState
from fieldcrm.services.joint_visits import Joint
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.frames import card, column, holder, row
from fieldcrm.ui.widgets.labels import Paragraph, section_title
from fieldcrm.ui.widgets.typing import LineField


class WhenCard(QWidget):
    """From when until when; ``said`` hears both once they are typed and left."""

    def __init__(self, said: Callable[[str, str], object]) -> None:
        super().__init__()
        self._said = said
        self._kept = ("", "")
        self.first = LineField("", "9:30", name=tr("Can from"))
        self.last = LineField("", "12:00", name=tr("Can until"))
        self._fields = {
            "from_time": Field(tr("Can from"), self.first), "until_time": Field(tr("Can until"), self.last),
        }  # fmt: skip
        for line in (self.first, self.last):
            line.left.connect(self._tell)
        about = Paragraph(
            tr("When whoever comes along can. A route keeps the visit between these times."), 13, tone="text2"
        )
        times = holder(row(*self._fields.values(), gap=16))
        self.setLayout(column(card(section_title(tr("When you go together")), about, times, gap=8)))

    def show_joint(self, joint: Joint) -> None:
        """Show what is said of a visit; hidden once it cannot change any more."""
        over = joint.my_visit_id or joint.partner_visit_id or joint.state is JointState.DECLINED
        self.setVisible(not over)
        self._kept = (joint.from_time or "", joint.until_time or "")
        for line, text in zip((self.first, self.last), self._kept, strict=True):
            if not line.hasFocus():
                line.setText(text)
        self._clear()

    def refuse(self, error: FieldCrmError) -> bool:
        """Show what is wrong at its field; False when it is about something else."""
        field = self._fields.get(error.field) if isinstance(error, Invalid) else None
        if field is None:
            return False
        ends = error.code == "ends_before_it_begins"
        field.show_error(tr("It ends before it begins.") if ends else tr("A time such as 8:30."))
        return True

    def _tell(self) -> None:
        typed = self.first.text().strip(), self.last.text().strip()
        if typed == self._kept or bool(typed[0]) != bool(typed[1]):
            return  # the other one is still to be typed
        self._clear()
        self._said(*typed)

    def _clear(self) -> None:
        for field in self._fields.values():
            field.show_error("")
