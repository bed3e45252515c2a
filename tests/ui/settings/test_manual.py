"""The manual: the same topics in both languages, shown without a network."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from fieldcrm.ui.context import Context
from fieldcrm.ui.settings.manual import ManualPage, topics


def test_both_languages_have_the_same_topics() -> None:
    assert [each.id for each in topics("zh_CN")] == [each.id for each in topics("en")]
    assert len(topics("en")) >= 9


def test_a_topic_is_opened_by_its_name(context: Context, qtbot: QtBot) -> None:
    page = ManualPage(context)
    qtbot.addWidget(page)
    page.show_place(topic="sync")
    assert "两个人改了同一个字段" in page.text.toPlainText()
