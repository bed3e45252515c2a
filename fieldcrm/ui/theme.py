"""Light and dark from the same tokens: palette, style sheet, fonts.

Fonts never stand in the style sheet, because there they would beat ``setFont``; colours
stand there and in the palette, sizes come from ``font``. Painted widgets ask ``color`` at
paint time, so ``apply`` re-themes a running window.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from fieldcrm.ui import i18n, icons, resources
from fieldcrm.ui.stylesheet import sheet
from fieldcrm.ui.tokens import DARK, FAMILIES, LIGHT, REGULAR

LIGHT_THEME, DARK_THEME, SYSTEM = "light", "dark", "system"

_ROLES = {
    QPalette.ColorRole.Window: "canvas",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "card",
    QPalette.ColorRole.AlternateBase: "sunken",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.BrightText: "onAccent",
    QPalette.ColorRole.Button: "card",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "onAccent",
    QPalette.ColorRole.PlaceholderText: "text3",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.Light: "raised",
    QPalette.ColorRole.Midlight: "hover",
    QPalette.ColorRole.Mid: "line",
    QPalette.ColorRole.Dark: "lineStrong",
    QPalette.ColorRole.Shadow: "lineStrong",
    QPalette.ColorRole.Accent: "accent",
}
_DIMMED = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)

_tokens = dict(LIGHT)
_colors: dict[str, QColor] = {}
_translators: list[QTranslator] = []


def color(token: str) -> QColor:
    """Return a token's colour in the theme shown now; share it, do not change it."""
    found = _colors.get(token)
    if found is None:
        found = _colors[token] = QColor(_tokens[token])
    return found


def is_dark() -> bool:
    """Return whether the dark theme is shown now."""
    return _tokens["card"] == DARK["card"]


@cache
def font(px: int = 14, weight: int = REGULAR) -> QFont:
    """Return the interface font with tabular figures; share it, do not change it."""
    made = QFont()
    made.setFamilies(list(FAMILIES))
    made.setPixelSize(px)
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def icon(name: str, tone: str = "text2") -> QIcon:
    """Return a Material Design icon that takes its colour when it is painted."""
    return icons.tinted(name, tone, color)


def load_fonts() -> None:
    """Make the bundled fonts known; call once, after the application exists."""
    for file in sorted(resources.path("fonts").glob("*.otf")):
        QFontDatabase.addApplicationFont(str(file))


def apply(app: QApplication, theme: str, language: str) -> None:
    """Show everything in ``theme`` (light, dark or system) and speak ``language``."""
    if theme == SYSTEM:
        theme = DARK_THEME if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT_THEME
    _tokens.clear()
    _tokens.update(DARK if theme == DARK_THEME else LIGHT)
    _colors.clear()
    _speak(app, language)
    if app.style().name() != "fusion":
        app.setStyle("Fusion")
    app.styleHints().setColorScheme(Qt.ColorScheme.Dark if is_dark() else Qt.ColorScheme.Light)
    app.setFont(font(14))
    app.setPalette(_palette())
    app.setStyleSheet(sheet(_tokens))


def _speak(app: QApplication, language: str) -> None:
    if language == i18n.language() and _translators:
        return
    i18n.set_language(language)
    QLocale.setDefault(QLocale("zh_CN" if i18n.is_chinese() else "en_GB"))
    for old in _translators:
        app.removeTranslator(old)
    _translators.clear()
    own_words = QTranslator(app)
    own_words.load(QLocale(), "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    app.installTranslator(own_words)
    _translators.append(own_words)


def _palette() -> QPalette:
    palette = QPalette()
    for role, token in _ROLES.items():
        palette.setColor(role, color(token))
    for role in _DIMMED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, color("disabled"))
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, color("track"))
    return palette


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and let the sheet look again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
