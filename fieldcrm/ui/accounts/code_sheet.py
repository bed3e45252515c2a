"""A store's sheet with its code: a new edition is issued and saved as a PDF to print."""

from __future__ import annotations

from html import escape
from pathlib import Path
from uuid import UUID

from PySide6.QtWidgets import QFileDialog

from fieldcrm.clock import business_day
from fieldcrm.rules import store_codes as rules
from fieldcrm.services import store_codes
from fieldcrm.services.store_codes import Sheet
from fieldcrm.ui import formats, papers
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.visit import scanning
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.overlays import Dialog

_QR_PX = 900


class CodeSheetDialog(Dialog):
    """Says what a new sheet means, then issues and saves it."""

    def __init__(self, context: Context, account_id: UUID, account: str) -> None:
        super().__init__(tr("New store code sheet"), account)
        self._context, self._account_id, self._account = context, account_id, account
        days = rules.GRACE.days
        for text in (
            tr("A new code is made and printed on the sheet. It is kept nowhere else: print it now."),
            tr("The sheet that hangs in the store now still counts for {days} days.", days=days),
            tr("Hang it where only people in the store can read it, and print a new one every three months."),
        ):
            self.add(Paragraph(text, 14, 400, "text2"))
        self.button(tr("Cancel"))
        self.button(tr("Save the sheet"), "primary", self._choose)

    def open(self) -> None:
        """Show the question."""
        self.ask(self._context.shell.window())

    def _choose(self) -> None:
        name = f"{tr('Store code')} {self._account}.pdf"
        path, _ = QFileDialog.getSaveFileName(
            self._context.shell.window(), tr("Save the sheet"), name, "PDF (*.pdf)"
        )
        if path:
            self.issue(Path(path))

    def issue(self, path: Path) -> None:
        """Issue the next edition and write its sheet; when it cannot be written nothing is issued."""
        account_id, me, at = self._account_id, self._context.me.id, self._context.now()
        shell, jobs = self._context.shell, self._context.jobs

        def work(session: object) -> Sheet:
            sheet = store_codes.issue(session, account_id, me=me, at=at)  # type: ignore[arg-type]  # a Session
            papers.save(path, paper(sheet))
            return sheet

        def done(sheet: Sheet) -> None:
            shell.toast(tr("Sheet {edition} saved", edition=sheet.edition))

        jobs.write(shell.window(), work, done, shell.show_error)


def paper(sheet: Sheet) -> bytes:
    """Return a sheet as a PDF."""
    day = formats.full_day(business_day(sheet.issued_at))
    facts = tr("Sheet {edition}, {day}", edition=sheet.edition, day=day)
    code = rules.spelled(sheet.code)
    said = tr("Show this code to the sales representative at every visit.")
    html = (
        '<div align="center">'
        f'<p style="font-size:26pt;font-weight:600">{escape(sheet.account)}</p>'
        f'<p style="font-size:12pt;color:#555">{escape(sheet.address)}</p>'
        '<p><img src="code" width="360" height="360"></p>'
        f'<p style="font-size:40pt;font-weight:600;letter-spacing:4px">{code}</p>'
        f'<p style="font-size:13pt">{escape(said)}</p>'
        f'<p style="font-size:10pt;color:#555">{escape(facts)}</p></div>'
    )
    return papers.pdf(html, sheet.account, {"code": scanning.drawn(sheet.text, _QR_PX)})
