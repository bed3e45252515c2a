"""The store's code at check-in: typed from its sheet or read from a photo of it, checked offline."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget
from sqlalchemy.orm import Session

from fieldcrm.services import store_codes
from fieldcrm.services.store_codes import Shown
from fieldcrm.ui import errors
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import FIELD_ACTION
from fieldcrm.ui.visit import device, dialogs, scanning
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.typing import LineField


class StoreCodeField(QWidget):
    """Asks for the code of one store; ``shown`` is what it shows, once it was checked."""

    changed = Signal()

    def __init__(self, context: Context, account_id: UUID) -> None:
        super().__init__()
        self._context, self._account_id = context, account_id
        self.shown: Shown | None = None
        self.line = LineField(hint="7K3M-9QXA", height=FIELD_ACTION)
        self.line.setFixedWidth(200)
        self._field = Field(tr("Store code"), self.line, tr("From the sheet in the store; it proves more."))
        self._photo = Button(
            tr("Read from a photo"), icon="qrcode-scan", height=FIELD_ACTION, on_click=self.scan
        )
        self.setLayout(column(row(self._field, self._photo, None, gap=12)))
        self.line.settled.connect(self.check)

    def check(self, text: str) -> None:
        """Find out what a typed or scanned text shows."""
        self.shown = None
        self._field.show_error("")
        self.changed.emit()
        if not text.strip():
            return
        account_id, at = self._account_id, self._context.now()

        def read(session: Session) -> Shown:
            return store_codes.shown(text, account_id, store_codes.editions(session, account_id), at)

        self._context.jobs.read(self, read, self._on_shown, self._on_wrong)

    def scan(self) -> None:
        """Take a picture of the sheet, or choose one where there is no camera."""
        found = device.cameras()
        if found:
            dialogs.take_photo(self._context.shell.window(), found[0], self.read_image)
            return
        title = tr("Choose a photo of the sheet")
        name, _ = QFileDialog.getOpenFileName(self, title, "", f"{tr('Photos')} (*.jpg *.jpeg *.png)")
        if name:
            self.read_file(Path(name))

    def read_file(self, file: Path) -> None:
        """Read the code from a picture file."""
        self._context.jobs.task(
            self, lambda *_: scanning.found(QImage(str(file))), self.check, self._on_wrong
        )

    def read_image(self, image: QImage) -> None:
        """Read the code from a picture."""
        self._context.jobs.task(self, lambda *_: scanning.found(image), self.check, self._on_wrong)

    def _on_shown(self, shown: Shown) -> None:
        self.shown = shown
        self.line.blockSignals(True)
        self.line.setText(store_codes.spelled(shown.code))
        self.line.blockSignals(False)
        self.changed.emit()

    def _on_wrong(self, error: Exception) -> None:
        self._field.show_error(errors.worded(error).whole)
        self.changed.emit()
