"""A field whose members are chosen, never known by heart: chips with names, a search, pasted lists.

It is a face of the cell that a workbook would hold: ``text`` is that cell, so forms and workbooks
are read by the same rules. What is typed and names nothing stays in the line and is said below it,
line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QSizePolicy, QWidget

from fieldcrm.errors import FieldCrmError
from fieldcrm.services.cell_lists import cut, pieces, plain, quoted
from fieldcrm.sync import customers
from fieldcrm.sync.remote import Remote
from fieldcrm.ui import theme
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.prices import choices
from fieldcrm.ui.prices.choices import STRICT, Choice, Offers, Pasted
from fieldcrm.ui.prices.pick_dialog import PickDialog
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.flow import FlowLayout
from fieldcrm.ui.widgets.frames import column, holder, row
from fieldcrm.ui.widgets.labels import Label, Paragraph
from fieldcrm.ui.widgets.lists import elided
from fieldcrm.ui.widgets.typing import LineField

WORDS = "words"  # anything that is typed
_CHIPS, _TOLD = 12, 4
_CHIP_WIDE = 220


_AT_OFFICE = frozenset({"customer", "partner"})


def _search(remote: Remote, text: str, _stop: object, _tell: object) -> list[tuple[str, str]]:
    return customers.find(remote, text)


class PasteLine(LineField):
    """A line that hears of a pasted list before its line breaks are lost."""

    pasted = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = QGuiApplication.clipboard().text()
        if event.matches(QKeySequence.StandardKey.Paste) and ("\n" in text.strip() or "\t" in text.strip()):
            self.pasted.emit(text)
            return
        super().keyPressEvent(event)


class PickField(QWidget):
    """Members of one kind; ``sign`` parts a member from its amount where each has one."""

    edited = Signal()

    def __init__(
        self, context: Context, offers: Offers, kind: str, title: str, text: str = "", *, one: bool = False,
        sign: str = "",
    ) -> None:  # fmt: skip
        super().__init__()
        self._context, self._offers, self._kind, self._title = context, offers, kind, title
        self._one, self._sign, self._has_amounts = one, sign, sign == "="
        self.chosen: dict[str, str] = {}
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips, 4)
        self._rows = column(gap=4)
        self._held = holder(self._rows)
        hint = tr("Code, name or pinyin") if one else tr("Code, name or pinyin; a list can be pasted")
        hint = hint if kind != WORDS else tr("Type one and press Enter; a list can be pasted")
        self.line = PasteLine("", hint, name=title)
        self.choose_button = Button(tr("Look up"), icon="magnify", on_click=self.choose)
        if kind == WORDS:
            self.choose_button.hide()
        self._note = Paragraph("", 12, 400, "warn")
        typing = row(self.line, self.choose_button, gap=8)
        typing.setStretch(0, 1)
        self._typing = holder(typing)
        self.setLayout(column(self._chips, self._held, self._typing, self._note, gap=4))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setFocusProxy(self.line)
        self.line.returnPressed.connect(self.take_typed)
        self.line.pasted.connect(self.paste)
        self.line.left.connect(self._take_exact)
        self.line.textEdited.connect(lambda _text: self.edited.emit())
        self.setText(text)

    # -- as a cell -------------------------------------------------------------------------

    def text(self) -> str:
        """Return the members as a cell, with what is typed and not taken yet at its end."""
        typed = self.line.text().strip()
        if self._one:
            return next(iter(self.chosen), typed)
        members = [self._member(code, amount) for code, amount in self.chosen.items()]
        return "; ".join([*members, *([typed] if typed else [])])

    def _member(self, code: str, amount: str) -> str:
        shown = self._sign and amount and (self._has_amounts or amount != "1")
        return f"{quoted(code)} {self._sign} {amount}" if shown else quoted(code)

    def setText(self, text: str) -> None:
        """Show the members of a cell; what names nothing comes into the line as it is."""
        self.chosen, left = {}, []
        for piece in [text.strip()] if self._one and text.strip() else pieces(text):
            code, amount = self._read(piece)
            if self._is_known(code):
                self.chosen[code] = amount
            else:
                left.append(piece)
        self.line.setText("; ".join(left))
        self._note.show_text("")
        self._draw()

    def _read(self, piece: str) -> tuple[str, str]:
        if self._one or self._is_known(piece):
            return piece, ""
        marks = {"*": "*×", "=": "=＝"}.get(self._sign, "")
        *_, last = parts = cut(piece, marks) if marks else [piece]
        if len(parts) == 1:
            return plain(piece), ""
        return plain(piece[: -len(last) - 1]), last.strip()

    def _is_known(self, code: str) -> bool:
        return self._kind not in STRICT or self._offers.named(self._kind, code) is not None

    def set_wrong(self, wrong: bool) -> None:
        """Show that the members cannot stay."""
        self.line.set_wrong(wrong)
        theme.restyle(self, "wrong", wrong)

    @property
    def offered(self) -> Sequence[Choice]:
        """What can be chosen."""
        return self._offers.of.get(self._kind, ())

    def show_kind(self, kind: str) -> None:
        """Choose among things of another kind from now on."""
        if kind != self._kind:
            self._kind = kind
            self.chosen = {code: each for code, each in self.chosen.items() if self._offers.named(kind, code)}
            self._draw()

    def show_amounts(self, *, on: bool) -> None:
        """Ask how many of each, or only which."""
        if on != self._has_amounts:
            self._has_amounts = on
            self.chosen = dict.fromkeys(self.chosen, "1" if on else "")
            self._draw()

    # -- taking ----------------------------------------------------------------------------

    def take_typed(self) -> None:
        """Take what the line names; several that fit are shown to choose from."""
        text = self.line.text().strip()
        if not text:
            if self._kind != WORDS:
                self.choose()
            return
        if self._take_exact():
            return
        found = choices.found(self.offered, text)
        if len(found) == 1:
            self._take(Pasted(found))
        elif found:
            self.choose(text)
        elif self._kind in STRICT:
            self.paste(text)
        else:
            self.paste(text) if self._kind == WORDS else self._take(Pasted([Choice(plain(text), "")]))

    def _take_exact(self) -> bool:
        """Take what is named exactly without asking; returns whether nothing is left over."""
        text = self.line.text().strip()
        read = choices.pasted(self.offered, text)
        if text and read.known and not read.unknown:
            self._take(read)
            return True
        return False

    def paste(self, text: str) -> None:
        """Take a list; what names nothing stays in the line and is named below by its line."""
        read = choices.pasted(self.offered, text)
        if self._kind not in STRICT:
            strangers = [Choice(plain(each.partition("\t")[0]), "") for _, each in read.unknown]
            told = () if self._kind == WORDS else read.unknown
            read = Pasted([*read.known, *strangers], read.amounts, told)
        self._take(read)

    def _take(self, read: Pasted) -> None:
        known = read.known[:1] if self._one else read.known
        if self._one:
            self.chosen = {}
        for each in known:
            usual = self.chosen.get(each.code) or ("1" if self._has_amounts and self._sign == "*" else "")
            self.chosen[each.code] = read.amounts.get(each.code, usual)
        strict = self._kind in STRICT
        self.line.setText("; ".join(plain(each) for _, each in read.unknown) if strict else "")
        told = [tr("Line {n}: nothing is called “{text}”.", n=number, text=each) if strict else
                tr("Line {n}: “{text}” is not known on this laptop.", n=number, text=each)
                for number, each in read.unknown]  # fmt: skip
        more = len(told) - _TOLD
        if more > 0:
            told = [*told[:_TOLD], ntr("and {n} more line", "and {n} more lines", more)]
        self._note.show_text("\n".join(told), "bad" if strict else "warn")
        self._draw()
        self.edited.emit()

    def choose(self, text: str = "") -> None:
        """Show everything there is to choose from."""

        def done(codes: list[str]) -> None:
            self.chosen = {
                code: self.chosen.get(code, "1" if self._has_amounts and self._sign == "*" else "")
                for code in codes
            }
            self.line.setText("" if text else self.line.text())
            self._draw()
            self.edited.emit()

        ask = self._ask_office if self._kind in _AT_OFFICE and self._context.laptop is not None else None
        PickDialog(
            self._title, self.offered, list(self.chosen), done, one=self._one, text=text, ask=ask
        ).open(self._context.shell.window())

    def _ask_office(self, text: str, shown: Callable[[Sequence[Choice]], object]) -> None:
        """Look for customers whose rows are not on this laptop."""
        laptop, kind = self._context.laptop, self._kind
        if laptop is None:
            return
        remote = laptop.remote

        def found(rows: list[tuple[str, str]]) -> None:
            self._offers.learn(kind, [Choice(code, name) for code, name in rows])
            shown(self._offers.of.get(kind, ()))

        def failed(error: FieldCrmError) -> None:
            shown(self.offered)
            self._context.shell.show_error(error)

        self._context.jobs.task(self, partial(_search, remote, text), found, failed)

    def remove(self, code: str) -> None:
        """Let one member go."""
        self.chosen.pop(code, None)
        self._draw()
        self.edited.emit()
        self.line.setFocus()

    # -- showing ---------------------------------------------------------------------------

    def _draw(self) -> None:
        for layout in (self._flow, self._rows):
            while (item := layout.takeAt(0)) is not None:
                if (old := item.widget()) is not None:
                    old.hide()
                    old.deleteLater()
        if self._has_amounts:
            for code in self.chosen:
                self._rows.addWidget(self._row(code))
        else:
            for code in list(self.chosen)[:_CHIPS]:
                self._flow.addWidget(self._chip(code))
            if len(self.chosen) > _CHIPS:
                more = Button(tr("and {n} more", n=len(self.chosen) - _CHIPS), "chip", height=32)
                more.clicked.connect(lambda: self.choose())
                self._flow.addWidget(more)
        self._chips.setVisible(bool(self.chosen) and not self._has_amounts)
        self._held.setVisible(bool(self.chosen) and self._has_amounts)
        self._typing.setVisible(not (self._one and self.chosen))
        self._note.setVisible(bool(self._note.text()))
        self.updateGeometry()

    def _said(self, code: str) -> tuple[str, str]:
        found = self._offers.named(self._kind, code)
        if found is None or not found.name or found.name == code:
            return code, ""
        return found.name, code

    def _chip(self, code: str) -> Button:
        name, more = self._said(code)
        chip = Button(elided(name, _CHIP_WIDE), "chip", "close", height=32)
        chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        remove = tr("Remove {name}", name=f"{name} ({more})" if more else name)
        chip.setToolTip(remove)
        chip.setAccessibleName(remove)
        chip.clicked.connect(partial(self.remove, code))
        return chip

    def _row(self, code: str) -> QWidget:
        name, more = self._said(code)
        label = Label(name, 14)
        amount = LineField(self.chosen[code], name=tr("How many of {name}", name=name))
        amount.setFixedWidth(88)
        amount.setAlignment(Qt.AlignmentFlag.AlignRight)
        amount.textEdited.connect(partial(self._on_amount, code))
        away = IconButton("close", tr("Remove {name}", name=name), partial(self.remove, code), quiet=True)
        line = row(label, Label(more, 12, 400, "text3"), amount, away, gap=8)
        line.setStretch(0, 1)
        return holder(line)

    def _on_amount(self, code: str, text: str) -> None:
        self.chosen[code] = text.strip()
        self.edited.emit()

    def members(self) -> list[str]:
        """Return the members by code, with what is typed and not taken yet."""
        typed = self.line.text().strip()
        return [*self.chosen, *([typed] if typed else [])]
