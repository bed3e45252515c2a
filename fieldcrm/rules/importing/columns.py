"""Which column of a foreign list is which field: by its header, else by what it holds.

Headers come in Chinese and English, with units, stars and brackets around them. Each field
takes at most one column and each column serves at most one field; the surest match first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from fieldcrm.errors import Invalid
from fieldcrm.rules.importing import values

FIELDS = (
    "name", "code", "channel", "grade", "phone", "province", "city", "district", "address", "postcode",
    "country", "latitude", "longitude", "position", "datum", "opening", "service_minutes", "cadence_days",
    "tax_id", "tags", "note", "contact_name", "contact_title", "contact_phone", "contact_email",
)  # fmt: skip

_HEADERS: dict[str, tuple[str, ...]] = {
    "name": (
        "name", "store name", "shop name", "account name", "account", "customer", "customer name",
        "company", "company name", "outlet", "outlet name", "客户", "客户名称", "客户名", "名称", "店名",
        "门店", "门店名称", "门店名", "店铺", "店铺名称", "商店名称", "公司", "公司名称", "企业名称",
        "网点名称", "终端名称",
    ),
    "code": (
        "code", "store number", "store no", "store id", "store code", "account code", "account number",
        "customer code", "customer no", "customer number", "customer id", "number", "no", "id", "sku code",
        "编码", "编号", "代码", "客户编码", "客户编号", "客户代码", "门店编码", "门店编号", "门店代码",
        "店号", "店铺编号", "终端编码", "网点编码",
    ),
    "channel": (
        "channel", "type", "store type", "channel type", "customer type", "format", "渠道", "渠道类型",
        "业态", "类型", "门店类型", "客户类型", "店铺类型",
    ),
    "grade": (
        "grade", "class", "tier", "level", "rank", "customer grade", "等级", "级别", "客户等级", "门店等级",
        "客户级别", "分级",
    ),
    "phone": (
        "phone", "phone number", "telephone", "tel", "store phone", "landline", "电话", "联系电话",
        "电话号码", "门店电话", "店铺电话", "座机", "固话", "固定电话",
    ),
    "province": (
        "province", "state", "state/province", "region", "state or province", "省", "省份", "省市",
        "省/直辖市", "所在省", "省级",
    ),
    "city": ("city", "town", "市", "城市", "所在城市", "地市", "地级市", "城市名称"),
    "district": ("district", "county", "area", "区", "区县", "县区", "区/县", "行政区", "所在区", "县"),
    "address": (
        "address", "street", "street address", "full address", "store address", "地址", "详细地址",
        "门店地址", "客户地址", "街道地址", "店铺地址", "收货地址", "公司地址",
    ),
    "postcode": ("postcode", "postal code", "zip", "zip code", "post code", "邮编", "邮政编码"),
    "country": ("country", "country code", "国家", "国家地区", "国家/地区"),
    "latitude": ("latitude", "lat", "y", "纬度", "北纬", "纬度坐标"),
    "longitude": ("longitude", "lng", "lon", "long", "x", "经度", "东经", "经度坐标"),
    "position": (
        "position", "coordinates", "coordinate", "location", "geo", "latlng", "lat lng", "lnglat", "坐标",
        "经纬度", "位置", "gps", "定位",
    ),
    "datum": ("datum", "coordinate system", "crs", "坐标系", "坐标类型", "坐标系统"),
    "opening": (
        "opening", "opening hours", "hours", "business hours", "open hours", "营业时间", "开店时间",
        "开放时间", "营业时段",
    ),
    "service_minutes": ("service minutes", "visit minutes", "minutes", "拜访时长", "服务时长"),
    "cadence_days": ("cadence", "cadence days", "visit every", "拜访周期", "拜访频率", "拜访间隔"),
    "tax_id": (
        "tax id", "tax number", "tax no", "uscc", "credit code", "vat", "vat number", "税号", "纳税人识别号",
        "统一社会信用代码", "信用代码", "社会信用代码",
    ),
    "tags": ("tags", "tag", "labels", "label", "标签"),
    "note": ("note", "notes", "remark", "remarks", "comment", "comments", "备注", "说明"),
    "contact_name": (
        "contact", "contact name", "contact person", "owner", "manager", "联系人", "联系人姓名", "负责人",
        "店长", "老板", "店主", "姓名",
    ),
    "contact_title": ("contact title", "title", "job title", "position title", "职务", "职位", "联系人职务"),
    "contact_phone": (
        "mobile", "mobile phone", "contact phone", "contact mobile", "cell", "cell phone", "手机", "手机号",
        "手机号码", "联系人电话", "联系人手机", "移动电话",
    ),
    "contact_email": ("email", "e-mail", "mail", "contact email", "邮箱", "电子邮箱", "邮件", "电子邮件"),
}  # fmt: skip
_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_GENERIC = frozenset({
    "name", "type", "class", "level", "rank", "number", "account", "company", "position", "location", "state",
    "region", "area", "title", "owner", "manager", "format", "hours", "minutes", "code", "mail", "long",
    "label", "labels", "tier", "名称", "类型", "级别", "等级", "位置", "编号", "代码", "说明", "老板", "公司",
    "客户", "门店", "店铺", "姓名",
})  # fmt: skip
_READERS = {"channel": values.channel, "grade": values.grade, "datum": values.datum}


def guess(headers: Sequence[str], samples: Sequence[Sequence[str]] = ()) -> dict[str, int]:
    """Return which column holds each field; what cannot be told is left out."""
    plain = [_plain(header) for header in headers]
    found: dict[str, int] = {}
    for test in (_same, _contains):
        for field in FIELDS:
            if field in found:
                continue
            for column, header in enumerate(plain):
                free = header and column not in found.values()
                if free and test(header, field) and _readable(field, column, samples):
                    found[field] = column
                    break
    _by_content(found, len(headers), samples)
    return {field: found[field] for field in FIELDS if field in found}


def is_header(cells: Sequence[str]) -> bool:
    """Return whether this line names columns rather than a store."""
    plain = [_plain(cell) for cell in cells]
    return any(_same(header, field) for header in plain for field in FIELDS if header)


def _plain(header: str) -> str:
    text = unicodedata.normalize("NFKC", header).casefold().strip("\ufeff *#:：")
    text = _BRACKETS.sub("", text).replace("_", " ").replace("-", " ")
    return " ".join(text.split())


def _same(header: str, field: str) -> bool:
    squeezed = header.replace(" ", "")
    return any(squeezed == known.replace(" ", "").replace("-", "") for known in _HEADERS[field])


def _contains(header: str, field: str) -> bool:
    words = f" {header} "
    return any(
        (known in header if not known.isascii() else f" {known} " in words)
        for known in _HEADERS[field]
        if known not in _GENERIC and len(known) > (1 if not known.isascii() else 2)
    )


def _readable(field: str, column: int, samples: Sequence[Sequence[str]]) -> bool:
    """Return whether a column of fixed words holds words we know, where there is anything to see."""
    if field not in _READERS:
        return True
    cells = {row[column].strip() for row in samples if column < len(row) and row[column].strip()}
    return not cells or any(_is_known(field, cell) for cell in cells)


def _is_known(field: str, cell: str) -> bool:
    try:
        return bool(_READERS[field](cell))
    except Invalid:
        return False


def _by_content(found: dict[str, int], width: int, samples: Sequence[Sequence[str]]) -> None:
    for column in range(width):
        if column in found.values():
            continue
        cells = [row[column].strip() for row in samples if column < len(row) and row[column].strip()]
        if len(cells) < 2:
            continue
        for field, pattern in _CONTENT.items():
            if field not in found and all(re.fullmatch(pattern, cell) for cell in cells):
                found[field] = column
                break


_CONTENT = {
    "contact_phone": r"(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}",
    "phone": r"0[0-9]{2,3}-?[0-9]{7,8}",
    "tax_id": r"[0-9A-HJ-NPQRTUWXY]{18}",
    "grade": r"[ABCabc]级?",
    "longitude": r"(?:7[3-9]|[89][0-9]|1[0-2][0-9]|13[0-6])\.[0-9]{2,}",
    "latitude": r"(?:[3-9]|[1-4][0-9]|5[0-4])\.[0-9]{2,}",
}
