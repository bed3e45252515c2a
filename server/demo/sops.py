"""The demo's visit templates, one for each kind of store (V4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from server.demo.seeding import Seed


def _field(key: str, label: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "label": label, "type": kind, "required": more.pop("required", True), **more}


def _step(key: str, title: str, hint: str, *fields: dict[str, Any], required: bool = True) -> dict[str, Any]:
    return {"key": key, "title": title, "hint": hint, "required": required, "fields": list(fields)}


def _when(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"match": "all", "tests": [{"step": "", "field": field, "op": op, "value": value}]}


_STOCK = _step("stock", "库存盘点", "数货架和仓库，按箱记", _field("counts", "主要品项", "stock", unit="箱"))
_SHELF = _step(
    "shelf", "陈列检查", "对照陈列标准，逐项判断；不合格要拍照",
    _field("facing", "茶饮主货架排面不少于 8 个", "check", photo_on_fail=True),
    _field("cooler", "冰柜第 2–3 层为本公司产品", "check", photo_on_fail=True),
    _field("stack", "堆头位置在主通道，海报未过期", "check", photo_on_fail=True),
    _field("tags", "价签齐全，与系统价一致", "check", photo_on_fail=True),
    _field("fresh", "临期品（30 天内）已前置", "check"),
    _field("photos", "货架照片", "photo", min=1),
)  # fmt: skip
_SHELF_SMALL = _step(
    "shelf", "陈列检查", "看三处就够，不合格要拍照",
    _field("facing", "主货架至少 4 个排面", "check", photo_on_fail=True),
    _field("cooler", "冰柜有本公司产品", "check", photo_on_fail=True),
    _field("photos", "货架照片", "photo", min=1),
)  # fmt: skip
_PRICE = _step(
    "price", "价格与促销", "记下看到的零售价",
    _field("tea_price", "茉莉绿茶 500ml 零售价", "number", unit="元", min="0", max="50"),
    _field("promotion", "当前促销", "choice", choices=["无", "堆头特价", "买赠", "第二件半价"]),
    _field("until", "海报写明至", "date", required=False),
)  # fmt: skip
_ORDER = _step(
    "order", "下订单", "按建议补货，也可以这次不下", _field("order", "订单", "order", required=False)
)
_RIVAL = _step(
    "rival", "竞品记录", "看到什么写什么，可不填",
    _field("brand", "竞品品牌", "text", required=False),
    _field("seen", "有新品或促销", "yes_no", required=False),
    _field("photo", "竞品照片", "photo", required=False, min=0),
    required=False,
)  # fmt: skip
_SIGN = _step(
    "confirm", "店主确认", "请店主看一遍再签",
    _field("owner", "店主对这次服务", "choice", choices=["满意", "一般", "不满意"]),
    _field("signature", "签名", "signature", required=False),
)  # fmt: skip
_TALK = _step("talk", "拜访小记", "谈了什么，答应了什么", _field("note", "小记", "text", required=False))

_AUDIT = _step(
    "audit", "逐品检查", "计划内的品项逐个看；缺货要说明原因",
    _field("articles", "货架品项", "shelf", required=False, planned="6", price_under=0, price_over=120,
           choices=["视平线", "手边", "底层", "端架", "收银台"], ask=["facings", "price", "out", "position"]),
    _field("why_out", "缺货原因", "choice", required=False, many=True,
           choices=["未订货", "未到货", "仓库有货未上架", "店方停售"], show=_when("articles.out", "is", True),
           require=_when("articles.out", "is", True)),
    _field("rivals", "货架上的竞品", "competitor", required=False, max=20),
    required=False,
)  # fmt: skip
_PAID = _step(
    "paid", "收款", "有欠款的店才需要", _field("any", "这次收款了吗", "yes_no", required=False),
    _field("payment", "收款", "payment", required=True, show=_when("any", "is", True)),
    _field("receipt", "收据照片", "photo", required=False, show=_when("any", "is", True)),
    required=False,
)  # fmt: skip
_CAMPUS = _step(
    "campus", "收银台与冷柜", "便利店和校园店的专项",
    _field("spots", "三个位置", "group", required=False, rows="fixed", labels=["收银台", "冷柜", "入口堆头"],
           fields=[
               _field("there", "有我方产品", "yes_no"),
               _field("facings", "排面", "number", required=False, min=0, max=99, planned="2",
                      show=_when("there", "is", True)),
               _field("photo", "照片", "photo", required=False, show=_when("there", "is", True)),
           ]),
    _field("contact", "店长电话后四位", "text", required=False, pattern="[0-9]{4}", prefill=True),
    _field("loose", "散瓶盘点", "stock", required=False, by_unit=True),
    required=False,
)  # fmt: skip

RICH = frozenset({"audit", "paid", "campus"})
"""Steps that show what a template can ask."""

_TEMPLATES: tuple[tuple[str, str, list[str], list[dict[str, Any]]], ...] = (
    (
        "KA",
        "商超标准拜访",
        ["supermarket", "mall"],
        [_STOCK, _SHELF, _PRICE, _AUDIT, _ORDER, _RIVAL, _PAID, _SIGN],
    ),
    ("CVS", "便利店拜访", ["convenience", "campus"], [_STOCK, _SHELF_SMALL, _PRICE, _CAMPUS, _ORDER]),
    ("TT", "传统店拜访", ["grocery", "snack", "catering"], [_SHELF_SMALL, _STOCK, _ORDER]),
    ("WS", "批发商拜访", ["wholesale"], [_STOCK, _ORDER, _RIVAL, _TALK]),
    ("ANY", "通用拜访", [], [_SHELF_SMALL, _ORDER, _TALK]),
)


def templates(seed: Seed, today: date) -> list[dict[str, Any]]:
    """Make the templates, valid since the beginning of last year."""
    since = date(today.year - 1, 1, 1)
    return [
        {"id": seed.id(), "version": 1, "code": code, "name": name, "edition": 1, "channels": channels,
         "purpose": "", "steps": steps, "valid_from": since, "valid_to": None, "store_types": [],
         "sunset_on": None}
        for code, name, channels, steps in _TEMPLATES
    ]  # fmt: skip
