"""The statement of a customer's money as a PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from html import escape
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.services import money
from fieldcrm.services.money import Line
from fieldcrm.ui import formats, papers, saving
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, tr

PURSES = {
    "prepay": mark("Paid ahead"),
    "cash": mark("Cash laid down"),
    "rebate": mark("Rebate left"),
    "credit": mark("On credit"),
    "receivable": mark("Receivable"),
    "receipt": mark("Received, not applied"),
}


def ask(context: Context, account_id: UUID, account: str) -> None:
    """Ask where to, and write an account's statement there."""
    today = context.today()

    def make(session: Session) -> bytes:
        lines, held = money.statement(session, account_id), money.balances(session, account_id, today)
        return paper(account, lines, held, today)

    saving.ask(context, tr("Save the statement"), title(account), make)


def title(account: str) -> str:
    """Return what the paper is called."""
    return f"{tr('Statement')} {account}"


def paper(account: str, lines: Sequence[Line], held: Mapping[str, Decimal], today: date) -> bytes:
    """Return the statement as a PDF."""
    return papers.pdf(html(account, lines, held, today), title(account))


def html(account: str, lines: Sequence[Line], held: Mapping[str, Decimal], today: date) -> str:
    """Return the statement as a text: the balances, then every movement."""
    balances = "".join(
        f'<tr><td>{escape(tr(PURSES[purse]))}</td><td align="right"><b>{formats.money(amount)}</b></td></tr>'
        for purse, amount in held.items()
        if purse in PURSES
    )
    heads = (tr("Day"), tr("Purse"), tr("Text"), tr("Amount/¥"), tr("Balance/¥"))
    head = "".join(f'<th align="left">{escape(each)}</th>' for each in heads)
    rows = "".join(map(_row, lines))
    return (
        f'<p style="font-size:20pt;font-weight:600">{escape(tr("Statement"))}</p>'
        f'<p style="font-size:14pt">{escape(account)}</p>'
        f'<p style="color:#555">{escape(formats.full_day(today))}</p>'
        f'<table width="50%" cellpadding="4">{balances}</table><hr>'
        f'<table width="100%" cellpadding="4"><thead><tr>{head}</tr></thead>{rows}</table>'
    )


def _row(line: Line) -> str:
    cells = (formats.full_day(line.on), tr(PURSES.get(line.purse, line.purse)), line.text)
    figures = (formats.figure(line.amount), formats.figure(line.balance))
    said = "".join(f"<td>{escape(each)}</td>" for each in cells)
    return f"<tr>{said}{''.join(f'<td align=right>{each}</td>' for each in figures)}</tr>"
