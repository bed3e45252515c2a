"""The office's screens for prices: the rules, the form of one, a book, the draft and what is asked."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from fieldcrm.errors import Invalid
from fieldcrm.model.accounts import Account
from fieldcrm.model.products import Product
from fieldcrm.services.rule_workbooks import LineFault
from fieldcrm.ui.prices.price_list import PriceListDialog
from fieldcrm.ui.prices.workbook import FaultsDialog
from fieldcrm.ui.widgets.overlays import Overlay
from tests.screens.stage import LOW, Stage

DEMO = (  # codes, names and units of the demo's rules
    "绿茶十赠一", "气泡水阶梯价", "坚果饼干组合", "满 5000 减 100", "瓶", "箱", "盒", "袋", "坚果", "加配",
    "BISCUIT", "NO", "NUTS", "财务",
    "CVS", "KA", "TT", "WS", "LIST", "CNY", "YEAR", "WS-NO-NUTS", "FULL-5000", "SNACK-SET", "SPARK-STEP",
    "TEA-10-1", "SPARK", "many", "soon", "四十二", "NOPE",
    "TEA", "WATER", "JUICE", "SPORT", "COFFEE", "CHIPS", "TOFU", "口味", "规格",
)  # fmt: skip


def walk(stage: Stage, folder: Path) -> None:
    """Look at prices, change some, and come to publishing them."""
    page: Any = stage.open("prices")
    stage.take("80-prices-nothing-changed", data=DEMO)
    for noun in (
        "product_category",
        "product_attribute",
        "product",
        "cost_price",
        "price_book",
        "rebate_program",
        "sellable_range",
        "sales_bom",
    ):
        stage.open("prices", noun=noun)
        stage.take(f"81-prices-{noun}", data=DEMO, sizes=((1280, 720),))
    _bill(stage)
    _cost(stage)
    stage.open("prices", noun="promotion")
    page.table.setFocus()
    stage.take("82-promotions", data=DEMO)
    rule: Any = stage.open("price_rule", noun="promotion", rule="SPARK-STEP")
    rule.groups[0].fields["name"].control.setText("气泡水阶梯价 春季")
    rule.groups[1].fields["conditions.min_quantity"].control.setText("many")
    rule.save()
    stage.settle()
    stage.take("83-promotion-to-mend", data=DEMO)
    rule.groups[1].fields["conditions.min_quantity"].control.setText("")
    rule.groups[2].tiers.add({})
    stage.settle()
    stage.take("83-promotion-tiers", data=DEMO, sizes=LOW)
    rule.groups[2].tiers.rows[-1].asked.emit("remove")
    rule.groups[0].fields["goods"].control.paste("TE0001\nNOPE")
    rule.groups[0].fields["goods"].control.choose("茶")
    stage.settle()
    stage.take("83-promotion-goods", data=DEMO, sizes=LOW)
    _leave(stage)
    rule.groups[0].fields["goods"].control.line.clear()
    rule.save()
    stage.settle()
    page = stage.open("prices", noun="price_book")
    book: Any = stage.open("price_book", book=page.model.rows[0].key)
    book.search.setText("TE0001")
    book.search.settle_now()
    book.table.setFocus()
    stage.take("84-book", data=DEMO)
    book.open_price(book.model.rows[0])
    stage.take("84-price", data=DEMO, sizes=LOW)
    _leave(stage)
    book.search.clear()
    book.search.settle_now()
    book.changed_by(Decimal("2.5"))
    stage.settle()
    page = stage.open("prices", noun="draft")
    stage.take("85-draft", data=DEMO)
    versions: Any = stage.open("price_versions")
    versions.table.setFocus()
    stage.take("85-versions", primaries=0, data=DEMO)
    page = stage.open("prices", noun="draft")
    page.publish.click()
    stage.settle()
    stage.take("86-publish", data=DEMO, primaries=1)
    _leave(stage)
    faults = [
        LineFault("price_entry", 12, "price", Invalid("not_an_amount", field="price"), "四十二"),
        LineFault("promotion", 3, "valid_to", Invalid("not_a_day", field="valid_to"), "soon"),
        LineFault("promotion.tiers", 7, "", Invalid("unknown_reference", field="tiers"), "SPARK"),
    ]
    FaultsDialog(page, faults, folder / "prices.xlsx").open()
    stage.settle()
    stage.take("87-workbook-to-mend", primaries=0, data=DEMO, sizes=LOW)
    _leave(stage)
    key, name = stage.read(lambda s: s.execute(select(Account.id, Account.name)).first())
    PriceListDialog(stage.context, key, name).open()
    stage.settle()
    stage.take("88-price-list", data=(*DEMO, name), sizes=LOW)
    _leave(stage)


def _cost(stage: Stage) -> None:
    """Write a cost price with an amount that is none."""
    key = stage.read(lambda s: s.scalar(select(Product.id).where(Product.code == "TE0001")))
    form: Any = stage.open("price_rule", noun="cost_price", rule=f"{key}|CNY|")
    for path, typed in (("cost", "四十二"), ("currency", "yuan")):
        form.groups[0].fields[path].control.setText(typed)
    form.save()
    stage.settle()
    stage.take("81-cost-to-mend", data=(*DEMO, "TE0001", "yuan"), sizes=LOW)
    form.step_back()


def _bill(stage: Stage) -> None:
    """See what is in an article, what goes with an option, and the screen it makes."""
    named = stage.read(lambda s: dict(s.execute(select(Product.name, Product.id)).all()))
    page: Any = stage.open("price_bill", rule=str(named["清岚陈列架套装"]))
    stage.take("81-bill", data=DEMO)
    rows = [row.title for row in page.tree.rows.rows]
    page.tree.pick(rows.index("灯箱 60cm"))
    stage.take("81-bill-item", data=DEMO, layout=page.tree.setFocus)
    page.tree.pick(rows.index("物料"))
    stage.take("81-bill-group", data=DEMO, sizes=LOW, layout=page.tree.setFocus)
    page.leave()
    page = stage.open("price_bill")
    stage.take("81-bill-new", data=DEMO, sizes=LOW)
    host, part, needed = (str(named[each]) for each in ("价签条", "灯箱 60cm", "灯箱电源"))
    rules = [("requires", [part, needed]), ("hidden", [needed])]
    page._change({
        **page.doc, "host_id": host, "nodes": [{"product_id": part}, {"product_id": needed}],
        "rules": [{"kind": kind, "products": products} for kind, products in rules],
    })  # fmt: skip
    page.save()
    stage.settle()
    stage.take("81-bill-to-mend", data=DEMO, sizes=LOW, layout=page.tree.setFocus)
    page.leave()


def _leave(stage: Stage) -> None:
    for overlay in stage.window.findChildren(Overlay):
        if overlay.isVisible():
            overlay.close_now()
    stage.settle()
