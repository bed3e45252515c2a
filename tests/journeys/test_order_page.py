"""A shop owner orders on a phone in a real Chromium, without scripts (R1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.boms import BomGroup, BomNode, BomRule, BomRuleKind, SalesBom
from fieldcrm.model.orders import Order, OrderLine
from fieldcrm.model.products import Product
from fieldcrm.model.promotions import Promotion, PromotionTarget
from fieldcrm.services import price_books
from server.rule_sets import Change, Edition, publish
from tests import builders
from tests.fixtures.browser import Phone
from tests.fixtures.server import ServerProcess

SHOTS = Path(__file__).parents[2] / "demo-out" / "order-page"
NAMES = ("清泉矿泉水 550ml", "陈列架套装", "小冰柜", "大冰柜", "灯箱", "电源", "安装手册", "保温杯")
LONG = "清岚系列无糖原叶冷泡茉莉绿茶（家庭分享装·限量版）1.5L×12 Limited Edition Family Sharing Pack"
DRINKS, PIECES = (NAMES[0], LONG), {"base_unit": "个", "sales_unit": "个"}


@dataclass
class Store:
    """A customer with a page, an article, a set that is put together, and a gift from 5 cases on."""

    server: ServerProcess
    url: str
    goods: dict[str, UUID]

    def orders(self) -> list[tuple[Order, list[OrderLine]]]:
        with self.server.opened() as database, database.reading() as connection, Session(connection) as s:
            found = [
                (row, list(s.scalars(select(OrderLine).where(OrderLine.order_id == row.id))))
                for row in s.scalars(select(Order))
            ]
            s.expunge_all()
            return found


@pytest.fixture
def store(server_process: ServerProcess) -> Store:
    account, goods = _stock(server_process)
    path = server_process.person("rep1").post(f"/api/v1/accounts/{account}/order-page").json()["path"]
    return Store(server_process, server_process.url + path, goods)


def _stock(server: ServerProcess) -> tuple[UUID, dict[str, UUID]]:
    began = clock.now() - timedelta(days=2)
    account, book = builders.make_account(server.company.territories["HZ"]), builders.make_price_book()
    made = [
        builders.make_product(id=new_id(), code=f"P{n:03d}", name=name,
                              **({"base_unit": "瓶", "sales_unit": "箱"} if name in DRINKS else PIECES))
        for n, name in enumerate((*NAMES, LONG))
    ]  # fmt: skip
    named = {each.name: each for each in made}
    with server.opened() as database, database.writing() as connection, Session(connection) as session:
        session.add_all([account, book, *made])
        session.flush()
        session.add_all([builders.make_unit(made[0], "箱", 24), builders.make_unit(made[8], "箱", 12)])
        session.add_all([builders.make_price(book, each) for each in made if each.name != "电源"])
        session.flush()
        price_books.seal(session, book)
        publish(session, Edition("Rules", began, (_set(named), _gift(named))), began)
        session.commit()
        return account.id, {name: each.id for name, each in named.items()}


def _set(named: dict[str, Product]) -> Change:
    """A cooler, a lamp that brings its hidden power supply and does not go with the small cooler."""
    cooler, signs, one = new_id(), new_id(), Decimal(1)
    told = (("小冰柜", cooler, 1, "0"), ("大冰柜", cooler, 1, "80"), ("灯箱", signs, 4, "25"),
            ("电源", signs, 1, "0"), ("安装手册", None, 1, "0"))  # fmt: skip
    nodes = [
        BomNode(id=new_id(), group_id=group, product_id=named[name].id, least=one, most=Decimal(most),
                step=one, delta=Decimal(delta))
        for name, group, most, delta in told
    ]  # fmt: skip
    groups = [BomGroup(id=cooler, name="冰柜", required=True, least=1, most=1),
              BomGroup(id=signs, name="物料", required=False, least=0, most=2)]  # fmt: skip
    pairs = ((BomRuleKind.EXCLUDES, "小冰柜", "灯箱"), (BomRuleKind.REQUIRES, "灯箱", "电源"),
             (BomRuleKind.HIDDEN, "电源"))  # fmt: skip
    rules = [BomRule(id=new_id(), kind=kind, products=[str(named[name].id) for name in names])
             for kind, *names in pairs]  # fmt: skip
    host = named["陈列架套装"].id
    return Change(SalesBom, str(host), {"host_id": host, "name": "套装"}, [*groups, *nodes, *rules])


def _gift(named: dict[str, Product]) -> Change:
    give = {"gift": {"product_id": str(named["保温杯"].id), "quantity": "1", "unit": "个"}}
    fields = {
        "code": "CUP", "name": "五箱送保温杯", "target": PromotionTarget.PRODUCTS, "give": give,
        "goods": [{"product_id": str(named["清泉矿泉水 550ml"].id)}],
        "conditions": {"min_quantity": "5", "unit": "箱"},
    }  # fmt: skip
    return Change(Promotion, "CUP", fields)


def _option(store: Store, name: str) -> str:
    return f"button[value^='pick:'][value$='{store.goods[name]}']"


def test_a_shop_owner_orders_on_a_phone(store: Store, phone: Phone) -> None:
    phone.speak("zh-CN")
    phone.open(store.url)
    assert phone.size[0] <= 390, "nothing is wider than the phone, long names neither"
    assert min(phone.high(each) for each in ("button[value^='more:']", "input[name^='n.']")) >= 44
    phone.shoot(SHOTS / "1-range-zh.png")

    water = f"{store.goods['清泉矿泉水 550ml']}~箱"
    phone.type(f"input[name='n.{water}']", "4")
    phone.tap(f"button[value='more:{water}']")
    assert "¥240.00" in phone.html, "what was typed counts, and the button adds to it"

    phone.tap(f"button[value='fill:{store.goods['陈列架套装']}~个']")
    phone.tap(_option(store, "小冰柜"))
    assert "和「小冰柜」不能同时选" in phone.html
    phone.shoot(SHOTS / "2-inside-zh.png")
    phone.tap(_option(store, "大冰柜"))
    assert f"{store.goods['电源']}" not in phone.html, "a hidden option is not there"
    phone.tap(_option(store, "灯箱"))
    phone.tap("button[value^='plus:']")
    assert "「灯箱」需要它" in phone.html
    assert "¥178.00" in phone.html  # 48 + 80 + 2 x 25
    phone.shoot(SHOTS / "3-inside-done-zh.png")
    phone.tap(".bar button.main")
    phone.tap("button[value='go:?step=check']")

    assert "赠品 · 五箱送保温杯" in phone.html
    phone.type("textarea", "周五上午送")
    phone.tap(f"button[value='more:{water}']")
    assert "周五上午送</textarea>" in phone.html, "what was typed stays through every step"
    phone.shoot(SHOTS / "4-check-zh.png")
    phone.speak("en")
    phone.open(f"{store.url}?step=check")
    assert phone.size[0] <= 390, "the longer words of English fit as well"
    phone.speak("zh-CN")
    phone.open(f"{store.url}?step=check")
    phone.tap("button[value='confirm:']")
    [(order, lines)] = store.orders()
    assert order.number is not None
    assert order.number in phone.html
    assert (order.total_amount, order.note) == (Decimal("466.00"), "周五上午送")
    inside = {line.product_id: line.configuration for line in lines}
    big, lamp, power = (str(store.goods[name]) for name in ("大冰柜", "灯箱", "电源"))
    assert inside[store.goods["陈列架套装"]] == {big: "1", lamp: "2", power: "1"}
    assert sum(line.gift_by is not None for line in lines) == 1
    phone.shoot(SHOTS / "5-done-zh.png")

    phone.speak("en-GB,en;q=0.8")
    phone.wide(1280, 800)
    phone.open(store.url)
    phone.tap("button[value^='again:']")
    assert "¥466.00" in phone.html
    assert "大冰柜, 灯箱 × 2" in phone.html, "the same again, the same inside"
    assert phone.size[0] <= 1280
    phone.shoot(SHOTS / "6-again-en-wide.png")
    phone.open(f"{store.url}?step=past")
    assert "Accepted" in phone.html
    phone.shoot(SHOTS / "7-past-en-wide.png")
    assert len(store.orders()) == 1
    asked = [url for url in phone.asked_for if "favicon" not in url and not url.startswith("data:")]
    assert {url.partition("/o/")[0] for url in asked} == {store.server.url}  # data: is the browser's calendar
    assert [text for text in phone.complaints if "favicon" not in text] == []
