"""The style sheet, made from the tokens: colours, borders and paddings, never fonts.

Widgets choose a rule by the properties ``surface`` and ``kind``. Focus rules stand last:
an attribute selector weighs as much as ``:focus``, so order decides. A focused border is
one pixel thicker and the padding one thinner, so nothing moves.
"""

from __future__ import annotations

from collections.abc import Mapping

_SURFACES = """
QFrame[surface="card"] {{ background:{card}; border:1px solid {line}; border-radius:10px; }}
QFrame[surface="sunken"] {{ background:{sunken}; border:none; border-radius:8px; }}
QFrame[surface="soft"] {{ background:{accentSoft}; border:none; border-radius:8px; }}
QFrame[surface="raised"] {{ background:{raised}; border:1px solid {line}; border-radius:10px; }}
QFrame[surface="left"] {{ background:{card}; border:none; border-right:1px solid {line}; }}
QFrame[surface="right"] {{ background:{card}; border:none; border-left:1px solid {line}; }}
QFrame[surface="header"] {{ background:{card}; border:none; border-bottom:1px solid {line}; }}
QFrame[surface="footer"] {{ background:{card}; border:none; border-top:1px solid {line}; }}
QFrame[surface="sidebar"] {{ background:{sidebar}; border:none; border-right:1px solid {line}; }}
QFrame[surface="page"] {{ background:{card}; border:none; }}
QFrame[surface="rule"] {{ background:{line}; border:none; min-height:1px; max-height:1px; }}
QFrame[surface="warn"] {{ background:{warnSoft}; border:none; border-radius:8px; }}
QFrame[surface="bad"] {{ background:{badSoft}; border:none; border-radius:8px; }}
QFrame[surface="local"] {{ background:{localSoft}; border:none; border-radius:8px; }}
QWidget[surface="canvas"] {{ background:{canvas}; }}
QLabel {{ color:{text}; background:transparent; }}
QScrollArea {{ background:transparent; border:none; }}
QScrollArea > QWidget > QWidget[surface="clear"] {{ background:transparent; }}
"""

_BUTTONS = """
QPushButton {{ border-radius:8px; padding:0 14px; border:1px solid {lineStrong};
    background:{card}; color:{text}; }}
QPushButton:hover {{ background:{hover}; }}
QPushButton:disabled {{ color:{disabled}; border-color:{line}; }}
QPushButton[kind="primary"] {{ background:{accent}; border:1px solid {accent}; color:{onAccent}; }}
QPushButton[kind="primary"]:hover {{ background:{accentHover}; }}
QPushButton[kind="primary"]:pressed {{ background:{accentPress}; }}
QPushButton[kind="primary"]:disabled {{ background:{track}; border-color:{track}; color:{disabled}; }}
QPushButton[kind="ghost"] {{ background:transparent; border:1px solid transparent; color:{text2};
    padding:0 10px; }}
QPushButton[kind="ghost"]:hover {{ background:{hover}; }}
QPushButton[kind="ghost"]:disabled {{ color:{disabled}; }}
QPushButton[kind="pick"] {{ text-align:left; }}
QPushButton[kind="icon"] {{ padding:0; }}
QPushButton[kind="quiet"] {{ background:transparent; border:1px solid transparent; padding:0; }}
QPushButton[kind="quiet"]:hover {{ background:{hover}; }}
QPushButton[kind="link"] {{ background:transparent; border:none; color:{accent}; padding:0 2px; }}
QPushButton[kind="link"]:hover {{ color:{accentHover}; text-decoration:underline; }}
QPushButton[kind="danger"] {{ color:{bad}; border:1px solid {bad}; }}
QPushButton[kind="danger"]:hover {{ background:{badSoft}; }}
QPushButton[kind="destroy"] {{ background:{bad}; border:1px solid {bad}; color:{onBad}; }}
QPushButton[kind="chip"] {{ border-radius:16px; border:1px solid {line}; color:{text2}; padding:0 12px; }}
QPushButton[kind="chip"]:checked {{ background:{accentSoft}; border:1px solid {accent}; color:{accent}; }}
QPushButton[kind="segment"] {{ border-radius:6px; border:1px solid transparent; background:transparent;
    color:{text2}; padding:0 12px; }}
QPushButton[kind="segment"]:hover {{ background:{hover}; }}
QPushButton[kind="segment"]:checked {{ background:{raised}; border:1px solid {lineStrong}; color:{text}; }}
"""

_FIELDS = """
QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QDateEdit, QSpinBox {{ background:{card};
    border:1px solid {lineStrong}; border-radius:8px; padding:0 10px; color:{text};
    selection-background-color:{accent}; selection-color:{onAccent}; placeholder-text-color:{text3}; }}
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QDateEdit:disabled {{
    color:{disabled}; border-color:{line}; background:{sunken}; }}
QLineEdit[readOnly="true"], QPlainTextEdit[readOnly="true"] {{ background:{sunken}; border-color:{line}; }}
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"], QComboBox[wrong="true"], QDateEdit[wrong="true"] {{
    border:1px solid {bad}; }}
QLineEdit[kind="search"] {{ padding:0 4px; }}
QLineEdit[kind="bare"] {{ border:none; background:transparent; padding:0; }}
QPlainTextEdit, QTextEdit {{ padding:6px 8px; }}
QTextBrowser[kind="page"] {{ border:none; border-radius:0; padding:0; background:{card}; }}
QComboBox::drop-down, QDateEdit::drop-down {{ border:none; width:28px; }}
QComboBox::down-arrow, QDateEdit::down-arrow {{ image:none; }}
QComboBox QAbstractItemView {{ background:{raised}; border:1px solid {line}; padding:4px;
    selection-background-color:{accentSoft}; selection-color:{text}; }}
QComboBox QAbstractItemView::item {{ min-height:32px; padding:0 8px; }}
"""

_VIEWS = """
QAbstractItemView {{ background:{card}; border:none; outline:0; }}
QAbstractItemView[surface="clear"] {{ background:transparent; }}
QFrame[surface="raised"] QAbstractItemView {{ background:transparent; }}
QTableView {{ border-radius:9px; }}
QHeaderView {{ background:transparent; border:none; }}
QHeaderView::section {{ background:{card}; color:{text3}; border:none; border-bottom:1px solid {line};
    padding:0 12px; }}
QHeaderView::section:first {{ border-top-left-radius:9px; }}
QHeaderView::section:last {{ border-top-right-radius:9px; }}
QTableCornerButton::section {{ background:{card}; border:none; }}
QScrollBar:vertical {{ background:transparent; width:10px; margin:2px; }}
QScrollBar::handle:vertical {{ background:{disabled}; border-radius:3px; min-height:32px; }}
QScrollBar:horizontal {{ background:transparent; height:10px; margin:2px; }}
QScrollBar::handle:horizontal {{ background:{disabled}; border-radius:3px; min-width:32px; }}
QScrollBar::handle:hover {{ background:{lineStrong}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height:0; width:0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background:transparent; }}
QMenu {{ background:{raised}; color:{text}; border:1px solid {line}; border-radius:8px; padding:4px; }}
QMenu::item {{ padding:8px 16px; border-radius:6px; }}
QMenu::item:selected {{ background:{accentSoft}; }}
QMenu::item:disabled {{ color:{disabled}; }}
QMenu::separator {{ height:1px; background:{line}; margin:4px 8px; }}
QCalendarWidget QWidget {{ alternate-background-color:{sunken}; }}
QCalendarWidget QToolButton {{ color:{text}; background:transparent; border:none; padding:4px 8px;
    border-radius:6px; }}
QCalendarWidget QToolButton:hover {{ background:{hover}; }}
QCalendarWidget QAbstractItemView {{ selection-background-color:{accent}; selection-color:{onAccent}; }}
QToolTip {{ background:{raised}; color:{text}; border:1px solid {line}; padding:4px 8px; }}
QSplitter::handle {{ background:{line}; }}
"""

_FOCUS = """
QPushButton:focus {{ border:2px solid {accent}; padding:0 13px; }}
QPushButton[kind="primary"]:focus {{ border:2px solid {text}; padding:0 13px; }}
QPushButton[kind="destroy"]:focus {{ border:2px solid {text}; padding:0 13px; }}
QPushButton[kind="ghost"]:focus {{ border:2px solid {accent}; padding:0 9px; }}
QPushButton[kind="icon"]:focus, QPushButton[kind="quiet"]:focus {{ border:2px solid {accent}; padding:0; }}
QPushButton[kind="link"]:focus {{ border:2px solid {accent}; border-radius:4px; padding:0; }}
QPushButton[kind="chip"]:focus {{ border:2px solid {accent}; padding:0 11px; }}
QPushButton[kind="segment"]:focus {{ border:2px solid {accent}; padding:0 11px; }}
QLineEdit:focus, QComboBox:focus, QDateEdit:focus, QSpinBox:focus {{ border:2px solid {accent};
    padding:0 9px; }}
QLineEdit[kind="search"]:focus {{ border:2px solid {accent}; padding:0 3px; }}
QLineEdit[kind="bare"]:focus {{ border:none; padding:0; }}
QPlainTextEdit:focus, QTextEdit:focus {{ border:2px solid {accent}; padding:5px 7px; }}
QLineEdit[wrong="true"]:focus, QPlainTextEdit[wrong="true"]:focus {{ border:2px solid {bad}; }}
QTextBrowser[kind="page"]:focus {{ border:none; padding:0; }}
"""


def sheet(tokens: Mapping[str, str]) -> str:
    """Return the whole style sheet in the colours of ``tokens``."""
    return "".join(part.format_map(tokens) for part in (_SURFACES, _BUTTONS, _FIELDS, _VIEWS, _FOCUS))
