"""Text that is painted in parts, and measured once."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QRegion
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldcrm.ui.widgets.labels import Label, Paragraph

MANY = "\n".join(f"「第 {n} 个促销」：−¥{n}.00，名称很长，一行放不下" for n in range(30))


def drawn(paragraph: Paragraph, part: QRect) -> QImage:
    image = QImage(part.size(), QImage.Format.Format_ARGB32)
    image.fill(0xFFFFFFFF)
    paragraph.render(image, QPoint(), QRegion(part))
    return image


def distance(one: QImage, other: QImage) -> int:
    """Return how far apart two pictures are where they differ most; blending rounds."""
    return max(abs(a - b) for a, b in zip(bytes(one.constBits()), bytes(other.constBits()), strict=True))


def test_a_part_of_a_paragraph_is_painted_as_it_is_in_the_whole(qapp: QApplication, qtbot: QtBot) -> None:
    paragraph = Paragraph(MANY, 13)
    qtbot.addWidget(paragraph)
    paragraph.resize(200, paragraph.heightForWidth(200))
    whole = drawn(paragraph, paragraph.rect())
    for top, high in ((0, 1), (17, 40), (300, 7), (paragraph.height() - 5, 5)):
        part = QRect(0, top, 200, high)
        assert distance(drawn(paragraph, part), whole.copy(part)) <= 1


def test_a_long_text_in_which_one_line_changes_is_broken_as_if_it_were_new(
    qapp: QApplication, qtbot: QtBot
) -> None:
    paragraph = Paragraph(MANY, 13)
    qtbot.addWidget(paragraph)
    high = paragraph.heightForWidth(200)
    paragraph.show_text(MANY.replace("第 7 个促销", "第 7 个很长很长很长很长很长很长很长很长的促销", 1))
    assert paragraph.heightForWidth(200) > high
    paragraph.show_text(MANY + "\n")
    assert paragraph.heightForWidth(200) == high + high // sum(2 for _ in MANY.split("\n"))


def test_a_label_takes_a_colour_without_another_text(qapp: QApplication, qtbot: QtBot) -> None:
    label = Label("¥12.00", 13)
    qtbot.addWidget(label)
    label.resize(80, 20)
    before = label.grab().toImage()
    label.show_text("¥12.00", "bad")
    assert label.grab().toImage() != before
