"""The customer's page as HTML: no script, no picture, nothing from elsewhere; everything escaped.

It speaks Chinese or English, as the customer's browser asks, and follows its light or dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from html import escape

from fieldcrm.rules.quotes import State
from fieldcrm.services.insides import Part
from fieldcrm.services.quote_list import ActRow, Detail, LineRow

_STYLE = """
:root{color-scheme:light dark;--text:#1b1f24;--soft:#57606a;--back:#fff;--line:#d8dee4;--edge:#8c959f;
--done:#ddf4e4;--main:#0b6b3a;--onmain:#fff}@media(prefers-color-scheme:dark){:root{--text:#e6edf3;
--soft:#9aa5b1;--back:#12161b;--line:#2d343c;--edge:#6e7681;--done:#12351f;--main:#2f9e5f;--onmain:#04140a}}
*{box-sizing:border-box}body{margin:0 auto;padding:20px 16px 32px;max-width:640px;color:var(--text);
background:var(--back);font:16px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
h1{font-size:22px;line-height:1.3;margin:0 0 4px}p{margin:8px 0;overflow-wrap:anywhere}
.soft{color:var(--soft)}
.for{font-weight:600;font-size:18px;margin:16px 0 0}.n{white-space:nowrap}
table{width:100%;border-collapse:collapse;margin:16px 0}td{padding:10px 0;border-bottom:1px solid var(--line);
vertical-align:top;overflow-wrap:anywhere}td+td{text-align:right;white-space:nowrap;padding-left:12px;
font-variant-numeric:tabular-nums}.total td{font-weight:600;font-size:18px}.tax td{color:var(--soft);
border:0;padding-top:4px}.small{font-size:14px}
.box{padding:12px 16px;border-radius:8px;background:var(--done);margin:16px 0}
.said{border-left:3px solid var(--line);padding-left:12px}
label{display:block;margin:20px 0 6px;font-weight:600}
textarea{width:100%;min-height:88px;font:inherit;padding:10px;border:1px solid var(--edge);border-radius:8px;
background:var(--back);color:var(--text)}
button{width:100%;min-height:48px;margin-top:12px;font:inherit;font-weight:600;border-radius:8px;
border:1px solid var(--edge);background:var(--back);color:var(--text)}
button.main{background:var(--main);border-color:var(--main);color:var(--onmain)}
"""
_Words = Mapping[str, str]
_CHINESE: _Words = {
    "lang": "zh-CN", "title": "报价单", "round": "第 {n} 版", "until": "有效期至 {day}", "by": "报价人 {who}",
    "gift": "赠品", "off": "优惠 {amount}", "tax": "税额", "in_tax": "其中税额", "total": "合计",
    "comment": "留言", "ask": "有问题或要求可以写在这里", "send": "发送留言", "yes": "确认报价",
    "no": "不接受",
    "confirmed": "您已确认这份报价。", "ordered": "您已确认这份报价，订单已生成。",
    "declined": "您没有接受这份报价。",
    "gone": "链接已失效", "gone_do": "请联系您的销售代表，索取新的链接。",
}  # fmt: skip
_ENGLISH: _Words = {
    "lang": "en", "title": "Quote", "round": "Round {n}", "until": "Valid until {day}", "by": "From {who}",
    "gift": "Gift", "off": "Discount {amount}", "tax": "Tax", "in_tax": "Tax included", "total": "Total",
    "comment": "Comment", "ask": "Write here what you ask or want changed", "send": "Send the comment",
    "yes": "Confirm the quote", "no": "Decline",
    "confirmed": "You have confirmed this quote.", "ordered": "You have confirmed this quote; it is ordered.",
    "declined": "You have declined this quote.",
    "gone": "This page has ended", "gone_do": "Please ask your sales representative for a new one.",
}  # fmt: skip
_DONE = {State.CONFIRMED: "confirmed", State.ORDERED: "ordered", State.DECLINED: "declined"}


def words_of(accepted: str) -> _Words:
    """Return the words that a browser asks for by ``Accept-Language``; Chinese if it asks for neither."""
    for each in accepted.lower().split(","):
        asked = each.strip()
        if asked.startswith("zh"):
            return _CHINESE
        if asked.startswith("en"):
            return _ENGLISH
    return _CHINESE


def page(detail: Detail, content: str, words: _Words) -> str:
    """Return the round with the form to answer."""
    row = detail.row
    lines = "".join(_line(line, words) for line in detail.lines)
    fees = "".join(_sum(name, amount) for name, amount in detail.fees)
    total = _sum(words["total"], row.total, "total")
    tax = _sum(words["in_tax" if detail.is_tax_included else "tax"], detail.tax, "tax")
    sums = total + tax if detail.is_tax_included else tax + total
    facts = [
        words["round"].format(n=row.round), words["until"].format(day=_day(row.valid_until)),
        words["by"].format(who=detail.author),
    ]  # fmt: skip
    body = (
        f"<h1>{words['title']} <span class=n>{escape(row.number)}</span></h1>"
        f"<p class=soft>{' · '.join(f'<span class=n>{escape(fact)}</span>' for fact in facts)}</p>"
        f"<p class=for>{escape(row.account)}</p><table>{lines}{fees}{sums}</table>"
        f"<p>{escape(detail.note)}</p>{_said(detail.acts)}{_answer(row.state, content, words)}"
    )
    return _whole(body, words)


def gone(words: _Words) -> str:
    """Return what is shown for an address that holds no longer, or never did."""
    return _whole(f"<h1>{words['gone']}</h1><p>{words['gone_do']}</p>", words)


def _whole(body: str, words: _Words) -> str:
    return (
        f"<!doctype html><html lang={words['lang']}><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<title>{words['title']}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _line(line: LineRow, words: _Words) -> str:
    facts = f"{_number(line.quantity)} {line.unit}"
    if not line.is_gift:
        facts += f" × {_money(line.unit_price)}"
        if line.discount:
            facts += " · " + words["off"].format(amount=_money(line.discount))
    amount = words["gift"] if line.is_gift else _money(line.net)
    return (
        f"<tr><td>{escape(line.name)}<br><span class=soft>{escape(facts)}</span>{_inside(line.parts)}</td>"
        f"<td>{escape(amount)}</td></tr>"
    )


def _inside(parts: Iterable[Part]) -> str:
    """Return what is inside a configured article, indented by its depth."""
    return "".join(
        f"<br><span class='soft small'>{'&#160;' * 4 * part.depth}{escape(part.name)} × "
        f"{_number(part.quantity)} {escape(part.unit)}</span>"
        for part in parts
    )


def _sum(name: str, amount: Decimal, kind: str = "") -> str:
    return f"<tr class='{kind}'><td>{escape(name)}</td><td>{_money(amount)}</td></tr>"


def _number(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def _money(amount: Decimal) -> str:
    return f"¥{amount:,.2f}"


def _day(day: date) -> str:
    return day.isoformat()


def _said(acts: Iterable[ActRow]) -> str:
    """What the customer wrote; what colleagues said to each other is none of the page's business."""
    return "".join(
        f"<p class='soft said'>{escape(act.note)}</p>" for act in acts if act.by is None and act.note
    )


def _answer(state: State, content: str, words: _Words) -> str:
    done = f"<p class=box role=status>{words[_DONE[state]]}</p>" if state in _DONE else ""
    if state is State.ORDERED:
        return done
    buttons = f"<button name=act value=commented>{words['send']}</button>"
    if state is State.SENT:
        buttons = (
            f"<button class=main name=act value=confirmed>{words['yes']}</button>"
            f"{buttons}<button name=act value=declined>{words['no']}</button>"
        )
    return (
        f"{done}<form method=post><input type=hidden name=content value='{escape(content)}'>"
        f"<label for=note>{words['comment']}</label>"
        f"<textarea id=note name=note maxlength=2000 placeholder='{words['ask']}'></textarea>{buttons}</form>"
    )
