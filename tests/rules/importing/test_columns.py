from __future__ import annotations

import pytest

from fieldcrm.rules.importing import columns


def guessed(headers: list[str], samples: list[list[str]] | None = None) -> dict[str, str]:
    return {field: headers[column] for field, column in columns.guess(headers, samples or []).items()}


def test_english_headers_are_known() -> None:
    headers = [
        "Brand",
        "Store Number",
        "Store Name",
        "Street Address",
        "City",
        "State/Province",
        "Phone Number",
        "Longitude",
        "Latitude",
    ]
    assert guessed(headers) == {
        "name": "Store Name",
        "code": "Store Number",
        "phone": "Phone Number",
        "province": "State/Province",
        "city": "City",
        "address": "Street Address",
        "latitude": "Latitude",
        "longitude": "Longitude",
    }


def test_chinese_headers_are_known_with_stars_and_brackets() -> None:
    headers = [
        "序号",
        "*客户名称",
        "客户编码（必填）",
        "联系人",
        "手机号码",
        "详细地址",
        "经度(高德)",
        "纬度(高德)",
        "客户等级",
        "渠道类型",
        "省",
        "市",
        "区",
    ]
    assert guessed(headers) == {
        "name": "*客户名称",
        "code": "客户编码（必填）",
        "channel": "渠道类型",
        "grade": "客户等级",
        "province": "省",
        "city": "市",
        "district": "区",
        "address": "详细地址",
        "latitude": "纬度(高德)",
        "longitude": "经度(高德)",
        "contact_name": "联系人",
        "contact_phone": "手机号码",
    }


def test_a_type_column_that_holds_no_channel_is_no_channel() -> None:
    assert "channel" not in guessed(["Name", "Type"], [["a", "Company Owned"], ["b", "Licensed"]])
    assert guessed(["Name", "Type"], [["a", "超市"], ["b", "便利店"]])["channel"] == "Type"


def test_columns_without_names_are_told_by_what_they_hold() -> None:
    samples = [["甲", "116.32", "39.90", "13912344417"], ["乙", "121.47", "31.23", "13812344417"]]
    assert columns.guess(["", "", "", ""], samples) == {"longitude": 1, "latitude": 2, "contact_phone": 3}


def test_no_column_serves_two_fields() -> None:
    found = columns.guess(["name", "name", "phone", "phone"])
    assert found == {"name": 0, "phone": 2}


@pytest.mark.parametrize(
    ("cells", "header"), [(["店名", "地址"], True), (["佳惠超市", "古墩路 97 号"], False)]
)
def test_a_line_of_names_is_told_from_a_line_of_stores(cells: list[str], header: bool) -> None:
    assert columns.is_header(cells) is header
