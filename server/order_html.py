"""The customer's order page as HTML: no script, no picture, nothing from elsewhere; everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from html import escape
from uuid import UUID

from fieldcrm.model.orders import OrderStatus
from fieldcrm.rules.pricing import PricedLine
from fieldcrm.services.order_list import OrderDetail, OrderRow
from fieldcrm.services.products import Article
from server.order_page import PAGE, Checked, Offer, Shop

_STYLE = """
*{box-sizing:border-box}body{margin:0 auto;padding:16px;max-width:720px;color:#1b1f24;background:#fff;
font:16px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
h1{font-size:22px;margin:8px 0}h2{font-size:17px;margin:24px 0 8px}p{margin:8px 0;overflow-wrap:anywhere}
.soft{color:#57606a}.bad{color:#a40e26}.ok{color:#0b6b3a}table{width:100%;border-collapse:collapse;
margin:12px 0}td{padding:8px 0;border-bottom:1px solid #d8dee4;vertical-align:middle;overflow-wrap:anywhere}
td+td{text-align:right;white-space:nowrap;padding-left:12px}.total td{font-weight:600}
input{font:inherit;height:44px;padding:0 10px;border:1px solid #8c959f;border-radius:8px;color:#1b1f24;
background:#fff}input.n{width:84px;text-align:right}input.q{width:100%}.bar{display:flex;gap:8px}
.box{padding:12px 16px;border-radius:8px;background:#ddf4e4;margin:16px 0}.box.warn{background:#fff1d6}
button{min-height:48px;padding:0 16px;font:inherit;font-weight:600;border-radius:8px;border:1px solid #8c959f;
background:#fff;color:#1b1f24}button.wide{width:100%;margin-top:12px}
button.main{background:#0b6b3a;border-color:#0b6b3a;color:#fff}
"""
_STATUS = {
    OrderStatus.ACCEPTED: "已接受 Accepted",
    OrderStatus.NEEDS_REVIEW: "公司正在核对 Being checked",
    OrderStatus.CANCELLED: "已取消 Cancelled",
}


def shop(shown: Shop, wrong: Iterable[UUID] = ()) -> str:
    """Return the range with a number beside each article."""
    bad = set(wrong)
    rows = "".join(_offer(each, shown.wanted.get(each.article.id), each.article.id in bad)
                   for each in shown.offers)  # fmt: skip
    here = {each.article.id for each in shown.offers}
    kept = _hidden({key: many for key, many in shown.wanted.items() if key not in here})
    body = (
        f"<h1>下单 Order</h1><p>{escape(shown.account)}</p>{_before(shown.before)}"
        f"<form method=post>{kept}<input type=hidden name=first value='{shown.first}'>"
        f"<div class=bar><input class=q name=text maxlength=60 value='{escape(shown.text, quote=True)}' "
        "aria-label='搜索商品 Search' placeholder='搜索商品 Search'>"
        f"<button name=do value=search>搜索 Search</button></div>{_wrong(bad)}"
        f"<table>{rows}</table>{_turns(shown)}"
        "<button class='main wide' name=do value=check>查看价格 See the prices</button></form>"
    )
    return _whole(body)


def checked(found: Checked) -> str:
    """Return what was entered with prices, promotions and gifts, to be confirmed."""
    priced = found.quote.priced
    lines = "".join(_priced(line, found.articles) for line in priced.lines)
    gifts = "".join(
        _row(_name(gift.product, found.articles), _many(gift.quantity, gift.unit), "赠品 Gift")
        for gift in priced.gifts
    )
    less = "".join(
        f"<p class=ok>{escape(each.label or each.promotion)}: −{_money(each.amount)}</p>"
        for each in priced.applied if each.amount
    )  # fmt: skip
    problems = "".join(
        f"<p class=bad>{escape(_name(each.product, found.articles))}: 现在不能订购 Cannot be ordered now</p>"
        for each in found.quote.problems
    )
    broken = "<p class=bad>这些数量不能一起订购 These quantities do not go together</p>"
    moved = "<p class='box warn'>价格已更新，请再看一次 The prices have changed; please look again</p>"
    can = bool(priced.lines) and not found.quote.problems and found.quote.broken is None
    button = "<button class='main wide' name=do value=confirm>确认订单 Confirm the order</button>"
    body = (
        f"<h1>确认订单 Your order</h1><p>{escape(found.account)}</p>{moved if found.moved else ''}"
        f"<table>{lines}{gifts}{_sum('税额 Tax', priced.tax)}"
        f"<tr class=total><td>合计 Total</td><td>{_money(priced.payable)}</td></tr></table>{less}{problems}"
        f"{broken if found.quote.broken is not None else ''}<form method=post>{_hidden(found.wanted)}"
        f"<input type=hidden name=number value='{escape(found.number, quote=True)}'>"
        f"<input type=hidden name=content value='{escape(found.content, quote=True)}'>"
        f"{button if can else ''}"
        "<button class=wide name=do value=search>继续选购 Go on choosing</button></form>"
    )
    return _whole(body)


def done(order: OrderDetail) -> str:
    """Return that the order is made, with its number."""
    row = order.row
    lines = "".join(
        _row(line.name, _many(line.quantity, line.unit),
             "赠品 Gift" if line.gift_value is not None else _money(line.net))
        for line in order.lines
    )  # fmt: skip
    waits = row.status != OrderStatus.ACCEPTED
    said = (
        "已收到，公司核对后会联系您。We have it and will come back to you." if waits else "谢谢！Thank you!"
    )
    body = (
        f"<h1>订单 Order {escape(row.number)}</h1><p class='box{' warn' if waits else ''}'>{said}</p>"
        f"<table>{lines}<tr class=total><td>合计 Total</td><td>{_money(row.total)}</td></tr></table>"
        "<form method=get><button class=wide>再下一单 Another order</button></form>"
    )
    return _whole(body)


def gone() -> str:
    """Return what is shown for an address that holds no longer, or never did."""
    return _whole(
        "<h1>链接已失效 This page has ended</h1>"
        "<p>请联系您的销售代表。Please ask your sales representative for a new one.</p>"
    )


def _whole(body: str) -> str:
    return (
        "<!doctype html><html lang=zh-CN><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'><title>订单 Order</title>"
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _offer(offer: Offer, many: Decimal | None, wrong: bool) -> str:
    article = offer.article
    unit = escape(article.sales_unit.name)
    value = f"{many.normalize():f}" if many else ""
    facts = " · ".join(part for part in (article.code, article.specification) if part)
    mark = " aria-invalid=true" if wrong else ""
    return (
        f"<tr><td>{escape(article.name)}<br><span class=soft>{escape(facts)}</span></td>"
        f"<td>{_money(offer.price)}/{unit}</td><td><input class=n name='n.{article.id}' value='{value}'{mark}"
        f" inputmode=decimal autocomplete=off aria-label='{escape(article.name, quote=True)} 数量'></td></tr>"
    )


def _turns(shown: Shop) -> str:
    last = min(shown.first + PAGE, shown.found)
    if not shown.found:
        return "<p class=soft>没有找到商品 Nothing found</p>"
    before = "<button name=do value=back>上一页 Back</button>" if shown.first else ""
    after = "<button name=do value=on>下一页 Next</button>" if last < shown.found else ""
    chosen = f"已选 {len(shown.wanted)} 种 chosen · " if shown.wanted else ""
    return (
        f"<p class=soft>{chosen}{shown.first + 1}-{last} / {shown.found}</p>"
        f"<div class=bar>{before}{after}</div>"
    )


def _before(rows: Iterable[OrderRow]) -> str:
    said = "".join(
        f"<tr><td>{escape(row.number)}<br><span class=soft>{row.ordered_on.isoformat()} · "
        f"{_STATUS.get(row.status, '已收到 Received')}</span></td><td>{_money(row.total)}</td></tr>"
        for row in rows
    )
    return (
        f"<details><summary>最近的订单 Recent orders</summary><table>{said}</table></details>" if said else ""
    )


def _wrong(bad: set[UUID]) -> str:
    return "<p class=bad>有数量看不懂，请改正 Some quantities are no numbers</p>" if bad else ""


def _hidden(wanted: Mapping[UUID, Decimal]) -> str:
    return "".join(
        f"<input type=hidden name='n.{key}' value='{many.normalize():f}'>" for key, many in wanted.items()
    )


def _priced(line: PricedLine, articles: Mapping[str, Article]) -> str:
    many = f"{_many(line.quantity, line.unit)} × {_money(line.unit_price)}"
    if line.discount_amount:
        many += f" − {_money(line.discount_amount)}"
    return _row(_name(line.product, articles), many, _money(line.net_amount))


def _row(name: str, facts: str, amount: str) -> str:
    return (
        f"<tr><td>{escape(name)}<br><span class=soft>{escape(facts)}</span></td>"
        f"<td>{escape(amount)}</td></tr>"
    )


def _name(product: str, articles: Mapping[str, Article]) -> str:
    article = articles.get(product)
    return article.name if article is not None else ""


def _many(quantity: Decimal, unit: str) -> str:
    return f"{quantity.normalize():f} {unit}"


def _sum(name: str, amount: Decimal) -> str:
    return f"<tr><td>{escape(name)}</td><td>{_money(amount)}</td></tr>"


def _money(amount: Decimal) -> str:
    return f"¥{amount:,.2f}"
