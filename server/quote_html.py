"""The customer's page as HTML: no script, no picture, nothing from elsewhere; everything escaped."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from html import escape

from fieldcrm.rules.quotes import State
from fieldcrm.services.insides import Part
from fieldcrm.services.quote_list import ActRow, Detail, LineRow

_STYLE = """
*{box-sizing:border-box}body{margin:0 auto;padding:16px;max-width:640px;color:#1b1f24;background:#fff;
font:16px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
h1{font-size:22px;margin:8px 0}p{margin:8px 0;overflow-wrap:anywhere}.soft{color:#57606a}
table{width:100%;border-collapse:collapse;margin:16px 0}td{padding:8px 0;border-bottom:1px solid #d8dee4;
vertical-align:top}td+td{text-align:right;white-space:nowrap;padding-left:12px}.total td{font-weight:600}
.box{padding:12px 16px;border-radius:8px;background:#ddf4e4;margin:16px 0}
textarea{width:100%;min-height:88px;font:inherit;padding:8px;border:1px solid #8c959f;border-radius:8px}
button{width:100%;min-height:48px;margin-top:12px;font:inherit;font-weight:600;border-radius:8px;
border:1px solid #8c959f;background:#fff;color:#1b1f24}button.main{background:#0b6b3a;border-color:#0b6b3a;
color:#fff}
"""
_DONE = {
    State.CONFIRMED: "您已确认这份报价。You have confirmed this quote.",
    State.ORDERED: "您已确认这份报价，订单已生成。You have confirmed this quote; it is ordered.",
    State.DECLINED: "您已拒绝这份报价。You have declined this quote.",
}


def page(detail: Detail, content: str) -> str:
    """Return the round with the form to answer."""
    row = detail.row
    lines = "".join(
        _line(line.name, _many(line), "赠品 Gift" if line.is_gift else _money(line.net), line.parts)
        for line in detail.lines
    )
    sums = "".join(_sum(name, amount) for name, amount in detail.fees) + _sum("税额 Tax", detail.tax)
    body = (
        f"<h1>报价单 Quote {escape(row.number)}</h1>"
        f"<p>{escape(row.account)}</p><p class=soft>第 {row.round} 版 Round {row.round} · "
        f"有效期至 Valid until {row.valid_until.isoformat()} · {escape(detail.author)}</p>"
        f"<table>{lines}{sums}<tr class=total><td>合计 Total</td><td>{_money(row.total)}</td></tr></table>"
        f"<p>{escape(detail.note)}</p>{_said(detail.acts)}{_answer(row.state, content)}"
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
        "<meta name=viewport content='width=device-width,initial-scale=1'><title>报价单 Quote</title>"
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _line(name: str, facts: str, amount: str, parts: Iterable[Part] = ()) -> str:
    inside = "".join(
        f"<br><span class=soft>{'&#160;' * 4 * part.depth}{escape(part.name)} × "
        f"{part.quantity.normalize():f} {escape(part.unit)}</span>"
        for part in parts
    )
    return (
        f"<tr><td>{escape(name)}<br><span class=soft>{escape(facts)}</span>{inside}</td>"
        f"<td>{escape(amount)}</td></tr>"
    )


def _many(line: LineRow) -> str:
    number = f"{line.quantity.normalize():f} {line.unit}"
    return number if line.is_gift else f"{number} × {_money(line.unit_price)}"


def _sum(name: str, amount: Decimal) -> str:
    return f"<tr><td>{escape(name)}</td><td>{_money(amount)}</td></tr>"


def _money(amount: Decimal) -> str:
    return f"¥{amount:,.2f}"


def _said(acts: Iterable[ActRow]) -> str:
    """What the customer wrote; what colleagues said to each other is none of the page's business."""
    return "".join(f"<p class=soft>“{escape(act.note)}”</p>" for act in acts if act.by is None and act.note)


def _answer(state: State, content: str) -> str:
    done = f"<p class=box>{_DONE[state]}</p>" if state in _DONE else ""
    comment = "<textarea name=note maxlength=2000 aria-label='留言 Comment'></textarea>"
    buttons = "<button name=act value=commented>留言 Comment</button>"
    if state is State.SENT:
        buttons = (
            "<button class=main name=act value=confirmed>确认报价 Confirm</button>"
            f"{buttons}<button name=act value=declined>拒绝 Decline</button>"
        )
    if state is State.ORDERED:
        return done
    hidden = f"<input type=hidden name=content value='{escape(content)}'>"
    return f"{done}<form method=post>{hidden}<p>留言 Comment</p>{comment}{buttons}</form>"
