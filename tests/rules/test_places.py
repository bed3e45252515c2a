from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.rules import places
from fieldcrm.rules.places import Place


@pytest.mark.parametrize(
    ("city", "province", "official"),
    [
        ("杭州", "", Place("浙江省", "杭州市")),
        ("杭州市", "33", Place("浙江省", "杭州市")),
        ("hangzhou", "33", Place("浙江省", "杭州市")),
        ("jin hua", "浙江", Place("浙江省", "金华市")),
        ("ShangHai", "31", Place("上海市", "上海市")),
        ("Xi'an", "", Place("陕西省", "西安市")),
        ("Harbin", "23", Place("黑龙江省", "哈尔滨市")),
        ("襄樊市", "42", Place("湖北省", "襄阳市")),
        ("吉林", "22", Place("吉林省", "吉林市")),
        ("Hong Kong", "91", Place("香港特别行政区", "香港")),
        ("浦东新区", "31", Place("上海市", "上海市", "浦东新区")),
        ("", "11", Place("北京市", "北京市")),
        ("大理白族自治州", "53", Place("云南省", "大理白族自治州")),
    ],
)
def test_a_city_gets_its_official_name(city: str, province: str, official: Place) -> None:
    assert places.settle(city, province) == official


def test_the_province_decides_between_cities_that_sound_alike() -> None:
    assert places.settle("Suzhou", "32").city == "苏州市"
    assert places.settle("Suzhou", "34").city == "宿州市"
    assert places.settle("Suzhou") == Place("", "Suzhou", problem="ambiguous_city")


def test_a_province_in_the_city_column_is_noticed() -> None:
    assert places.settle("江苏省", "32") == Place("江苏省", "", problem="city_is_a_province")


def test_an_unknown_city_stays_as_it_was_written() -> None:
    assert places.settle("Springfield", "33") == Place("浙江省", "Springfield", problem="unknown_city")


def test_a_place_abroad_keeps_its_own_spelling() -> None:
    assert places.settle("Seattle", "WA", "US") == Place("WA", "Seattle")


@pytest.mark.parametrize(
    ("country", "province", "region"),
    [
        ("CN", "31", "CN"),
        ("CN", "91", "HK"),
        ("中国", "澳门", "MO"),
        ("", "", "CN"),
        ("US", "WA", "US"),
        ("UK", "", "GB"),
    ],
)
def test_the_region_of_a_phone_number_follows_country_and_province(
    country: str, province: str, region: str
) -> None:
    assert places.region_of(country, province) == region


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_settled_without_an_accident(city: str, province: str) -> None:
    places.settle(city, province)
