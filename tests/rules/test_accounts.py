from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.errors import Invalid
from fieldcrm.rules import accounts


def test_a_name_loses_what_nobody_sees() -> None:
    assert accounts.name("\ufeff 三墩\u00a0 福旺\x00食品\u200b ") == "三墩 福旺食品"


def test_windows_punctuation_that_lost_its_encoding_comes_back() -> None:
    assert accounts.tidy("734 King\x92s Road") == "734 King’s Road"


@pytest.mark.parametrize("name", ["", "  ", "-", "N/A", "无", "x" * 121])
def test_a_name_that_says_nothing_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        accounts.name(name)


def test_an_address_keeps_its_commas_and_loses_its_empty_parts() -> None:
    assert (
        accounts.address("海淀区, 数码大厦B座,, 1座C1-3单元首层、") == "海淀区, 数码大厦B座, 1座C1-3单元首层"
    )


def test_a_social_credit_code_proves_itself() -> None:
    body = "91330106MA2AX0001"
    good = body + accounts.credit_check(body)
    assert accounts.tax_id(f" {good[:8]} {good[8:].lower()} ") == good
    with pytest.raises(Invalid, match="tax_id_check"):
        accounts.tax_id(body + ("0" if good[-1] != "0" else "1"))
    with pytest.raises(Invalid, match="not_a_tax_id"):
        accounts.tax_id("9133010612345")


def test_a_published_credit_code_passes() -> None:
    assert accounts.tax_id("91350100M000100Y43") == "91350100M000100Y43"


@pytest.mark.parametrize(
    ("text", "province", "kept"), [("310000", "33", "310000"), ("63000", "13", "063000"), ("0", "", "")]
)
def test_a_postcode_gets_its_lost_zero_back(text: str, province: str, kept: str) -> None:
    assert accounts.postcode(text, province) == kept


@pytest.mark.parametrize(("text", "province"), [("21000", "32"), ("101", "42"), ("1000078", "11")])
def test_a_postcode_is_never_guessed(text: str, province: str) -> None:
    with pytest.raises(Invalid, match="not_a_postcode"):
        accounts.postcode(text, province)


@pytest.mark.parametrize("text", ["a@b", "a b@", "@x.cn", "a@@x.cn"])
def test_what_is_no_mail_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="not_an_email"):
        accounts.email(text)


def test_spellings_of_one_store_are_alike() -> None:
    one = accounts.likeness("佳惠超市（古荡店）", "古墩路 97号")
    assert one == accounts.likeness("佳惠超市(古荡店)", "古墩路97号")
    assert one != accounts.likeness("佳惠超市（文三店）", "古墩路97号")


@given(st.text(max_size=200))
def test_tidying_twice_changes_nothing(text: str) -> None:
    once = accounts.tidy(text)
    assert accounts.tidy(once) == once
    assert "\x00" not in once
