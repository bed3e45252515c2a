"""Everything people read is there in both languages."""

from __future__ import annotations

from fieldcrm.ui import i18n
from tests.ui import translations


def test_every_text_has_its_chinese_and_nothing_is_left_over() -> None:
    assert translations.problems() == []


def test_a_catalogue_entry_may_run_over_several_lines() -> None:
    text = 'msgid ""\nmsgstr "Language: zh"\n\nmsgid "one "\n"two"\nmsgstr "一\\n二"\n'
    assert list(i18n.entries(text)) == [i18n.Entry("one two", "", "一\n二")]


def test_a_plural_says_one_and_many_in_english_and_one_form_in_chinese() -> None:
    i18n.set_language("en")
    said = [i18n.ntr("{n} thing to send", "{n} things to send", n) for n in (1, 2)]
    assert said == ["1 thing to send", "2 things to send"]
    i18n.set_language("zh_CN")
    assert i18n.ntr("{n} thing to send", "{n} things to send", 2) == "2 项等待发送"


def test_an_unknown_language_is_english() -> None:
    i18n.set_language("fr")
    assert i18n.language() == "en"
    assert i18n.tr("Undo") == "Undo"
