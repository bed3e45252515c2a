"""What fits a search comes by code, name or pinyin; a pasted list names what it does not know by its line."""

from __future__ import annotations

from fieldcrm.ui.prices import choices
from fieldcrm.ui.prices.choices import Choice

TEA, WATER, BOX = Choice("TE1", "茉莉绿茶 500ml"), Choice("W;1", "矿泉水"), Choice("GB", "茶礼盒", "6 瓶")
ALL = [BOX, TEA, WATER]


def test_a_search_finds_by_code_name_and_pinyin_and_what_begins_with_it_comes_first() -> None:
    def codes(text: str) -> list[str]:
        return [each.code for each in choices.found(ALL, text)]

    assert codes("") == ["GB", "TE1", "W;1"]
    assert codes("te1") == codes("mllc") == codes("moli") == codes("绿茶 500") == ["TE1"]
    assert codes("茶") == ["GB", "TE1"]
    assert codes("瓶") == ["GB"]
    assert codes("nothing") == []


def test_a_pasted_list_is_taken_and_what_it_does_not_know_is_named_by_its_line() -> None:
    read = choices.pasted(ALL, "te1\t12\r\n\r\nNOPE\tmany\r\n矿泉水\r\n\t\r\nGB * 2; ??\r\n")
    assert [each.code for each in read.known] == ["TE1", "W;1", "GB"]
    assert read.amounts == {"TE1": "12", "GB": "2"}
    assert read.unknown == [(3, "NOPE\tmany"), (6, "??")]


def test_a_code_with_a_sign_in_it_is_pasted_in_quotes_and_two_of_one_name_are_not_guessed() -> None:
    assert [each.code for each in choices.pasted(ALL, '"W;1"; TE1').known] == ["W;1", "TE1"]
    assert choices.exactly([TEA, Choice("TE2", TEA.name)], TEA.name) is None
