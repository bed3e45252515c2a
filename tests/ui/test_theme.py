"""Contrast of the tokens, shapes of the glyphs, and a window that changes its theme while it runs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QTextLayout
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldcrm.ui import icons, paint, theme
from fieldcrm.ui.tokens import DARK, LIGHT, LINE
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.labels import Label

GROUNDS = ("card", "canvas", "sidebar", "accentSoft")
HAN = {"Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "PingFang SC"}
SOFT = ("ok", "warn", "bad", "local")
TEXTS = [
    *((text, ground) for text in ("text", "text2", "text3") for ground in GROUNDS),
    *((tone, ground) for tone in SOFT for ground in (f"{tone}Soft", "card", "accentSoft")),
    ("onAccent", "accent"), ("onAccent", "accentHover"), ("accent", "card"), ("accent", "accentSoft"),
    ("onBad", "bad"), ("neutral", "neutralSoft"), ("text2", "track"), ("text3", "sunken"), ("text", "raised"),
]  # fmt: skip
EDGES = [("lineStrong", "card"), ("lineStrong", "canvas"), ("accent", "card"), ("accent", "accentSoft")]


def luminance(color: str) -> float:
    parts = QColor(color).getRgbF()[:3]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_reads_on_every_ground_it_stands_on(tokens: dict[str, str]) -> None:
    weak = [(t, g, round(contrast(tokens[t], tokens[g]), 2)) for t, g in TEXTS]
    assert [each for each in weak if each[2] < 4.5] == []


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_edge_of_a_control_is_seen(tokens: dict[str, str]) -> None:
    assert [pair for pair in EDGES if contrast(tokens[pair[0]], tokens[pair[1]]) < 3] == []


def test_both_themes_have_the_same_tokens() -> None:
    assert LIGHT.keys() == DARK.keys()


@pytest.mark.parametrize("weight", [400, 600])
def test_han_comes_from_one_simplified_font_and_latin_from_inter(qapp: QApplication, weight: int) -> None:
    families = {}
    for text in ("直骨门复", "Inter 0123"):
        layout = QTextLayout(text, theme.font(14, weight))
        layout.beginLayout()
        layout.createLine()
        layout.endLayout()
        families[text] = {run.rawFont().familyName() for run in layout.glyphRuns()}
    assert families["Inter 0123"] == {"Inter"}
    assert len(families["直骨门复"]) == 1
    assert families["直骨门复"] <= {
        "Noto Sans CJK SC",
        "Source Han Sans SC",
        "Microsoft YaHei UI",
        "PingFang SC",
    }


def test_digits_are_equally_wide(qapp: QApplication) -> None:
    assert paint.width("1111") == paint.width("0008")


def test_han_and_latin_lines_are_equally_high(qapp: QApplication) -> None:
    for px, height in LINE.items():
        assert Label("佳惠生活超市", px).sizeHint().height() == height
        assert Label("Jiahui", px).sizeHint().height() == height


def test_a_running_window_takes_on_the_other_theme(qapp: QApplication, qtbot: QtBot) -> None:
    label = Label("文字 Text", 32, 600)
    qtbot.addWidget(label)
    label.resize(300, 44)
    shades = []
    for mode in ("light", "dark"):
        theme.apply(qapp, mode, "zh_CN")
        image = label.grab().toImage()
        shades.append({image.pixelColor(x, 22).lightness() for x in range(4, 200)})
    theme.apply(qapp, "light", "zh_CN")
    assert min(shades[0]) < 60
    assert max(shades[1]) > 200


def test_an_icon_takes_the_colour_of_the_theme_and_of_its_state(qapp: QApplication) -> None:
    def shown(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal) -> set[str]:
        image = icon.pixmap(QSize(24, 24), 1.0, mode).toImage()
        pixels = [image.pixelColor(x, y) for x in range(24) for y in range(24)]
        return {pixel.name().upper() for pixel in pixels if pixel.alpha() == 255}

    icon = theme.icon("alert-octagon", "bad")
    assert shown(icon) == {LIGHT["bad"]}
    theme.apply(qapp, "dark", "zh_CN")
    assert shown(icon) == {DARK["bad"]}
    theme.apply(qapp, "light", "zh_CN")
    assert shown(icon, QIcon.Mode.Disabled) == {LIGHT["disabled"]}


def test_every_state_has_its_own_shape(qapp: QApplication) -> None:
    names = [name for name, _ in paint.SIGN.values()]
    assert len(set(names)) == len(names)
    for name in names:
        icons.glyph(name)


def test_a_focused_button_keeps_its_size(qapp: QApplication, qtbot: QtBot) -> None:
    button = Button("开始拜访", "primary")
    qtbot.addWidget(button)
    before = button.sizeHint()
    button.show()
    button.setFocus()
    assert button.sizeHint() == before
