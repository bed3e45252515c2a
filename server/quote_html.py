"""The customer's page as HTML: no script, no picture, nothing from elsewhere; everything escaped.

It speaks Chinese or English, as the customer's browser asks, and follows its light or dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from html import escape

from fieldcrm.clock import business_day
from fieldcrm.rules.quotes import State
from fieldcrm.services.insides import Part
from fieldcrm.services.quote_list import ActRow, Detail, LineRow
from server import languages
from server.quote_page import Ended
from server.quote_style import STYLE

_Words = Mapping[str, str]
_CHINESE: _Words = {
    "lang": "zh-CN", "title": "报价单", "round": "第 {n} 版", "until": "有效期至 {day}", "by": "报价人 {who}",
    "gift": "赠品", "off": "优惠 {amount}", "tax": "税额", "in_tax": "其中税额", "total": "合计",
    "comment": "留言", "ask": "有问题或要求可以写在这里", "send": "发送留言", "yes": "确认报价 {total}",
    "no": "不接受",
    "no_do": "不接受后不能再确认这一版，可以请销售代表出新的报价。原因可以写在上面的留言里。",
    "terms": "约定", "said": "您的留言", "answer": "您的答复", "to_answer": "去答复",
    "confirmed": "您已确认这份报价。", "ordered": "您已确认这份报价，订单已生成。",
    "declined": "您没有接受这份报价。",
    "gone": "链接已失效", "gone_do": "请联系您的销售代表，索取新的链接。",
    "expired": "报价已过期",
    "expired_do": "报价单 {number} 有效期至 {day}。如果还需要，请联系 {who} 重新报价。",
    "superseded": "有新的报价",
    "superseded_do": "报价单 {number} 的第 {n} 版已被新版代替。请联系 {who} 索取新版的链接。",
    "waiting": "请稍等", "waiting_do": "操作太快，或者系统正忙，请过几秒再看。", "look_again": "再看一次",
    "unsent": "留言没有发出",
    "unsent_do": "报价在此期间有了变化或已结束。您写的内容在下面，可以复制后重新发送，或联系您的销售代表。",
    "back": "回到报价单",
    "too_large": "留言太长", "too_large_do": "留言没有保存，最多 2000 字。请返回上一页缩短后再发。",
}  # fmt: skip
_ENGLISH: _Words = {
    "lang": "en", "title": "Quote", "round": "Round {n}", "until": "Valid until {day}", "by": "From {who}",
    "gift": "Gift", "off": "Discount {amount}", "tax": "Tax", "in_tax": "Tax included", "total": "Total",
    "comment": "Comment", "ask": "Write here what you ask or want changed", "send": "Send the comment",
    "yes": "Confirm {total}", "no": "Decline",
    "no_do": "A declined round cannot be confirmed any more; your sales representative can make another. "
    "You may write the reason above.",
    "terms": "Terms", "said": "Your comments", "answer": "Your answer", "to_answer": "Answer",
    "confirmed": "You have confirmed this quote.", "ordered": "You have confirmed this quote; it is ordered.",
    "declined": "You have declined this quote.",
    "gone": "This page has ended", "gone_do": "Please ask your sales representative for a new one.",
    "expired": "This quote has expired",
    "expired_do": "Quote {number} was valid until {day}. Ask {who} for a new one if you still need it.",
    "superseded": "There is a newer quote",
    "superseded_do": "Round {n} of quote {number} was replaced. Ask {who} for the address of the new one.",
    "waiting": "One moment, please",
    "waiting_do": "That was very often in a short time, or the server is busy. Look again in a few seconds.",
    "look_again": "Look again",
    "unsent": "Your comment was not sent",
    "unsent_do": "The quote has changed or ended meanwhile. What you wrote is below: copy it and send it "
    "again, or ask your sales representative.",
    "back": "Back to the quote",
    "too_large": "The comment is too long",
    "too_large_do": "It was not kept; a comment holds 2,000 characters. Go back and shorten it.",
}  # fmt: skip
_DEEP = ("two", "three", "four")
_LONG = 6
_DONE = {State.CONFIRMED: "confirmed", State.ORDERED: "ordered", State.DECLINED: "declined"}


def words_of(accepted: str) -> _Words:
    """Return the words that a browser asks for by ``Accept-Language``; Chinese if it asks for neither."""
    return _ENGLISH if languages.asked(accepted) == languages.ENGLISH else _CHINESE


def page(detail: Detail, content: str, words: _Words) -> str:
    """Return the round with the form to answer."""
    row = detail.row
    lines = "".join(_line(line, words) for line in detail.lines)
    fees = "".join(_sum(name, amount) for name, amount in detail.fees)
    total = _sum(words["total"], row.total, "total")
    tax = _sum(words["in_tax" if detail.is_tax_included else "tax"], detail.tax, "tax")
    sums = total + tax if detail.is_tax_included else tax + total
    facts = [
        words["round"].format(n=row.round),
        words["until"].format(day=languages.day(row.valid_until, words["lang"])),
        words["by"].format(who=detail.author),
    ]  # fmt: skip
    body = (
        f"<h1>{words['title']} <span class=n>{escape(row.number)}</span></h1>"
        f"<p class=soft>{' · '.join(f'<span class=n>{escape(fact)}</span>' for fact in facts)}</p>"
        f"<p class=for>{escape(row.account)}</p>{_stands(row.state, words)}"
        f"<table>{lines}{fees}{sums}</table>"
        f"{_terms(detail.note, words)}{_said(detail.acts, words)}{_answer(detail, content, words)}"
    )
    return _whole(body, words)


def gone(words: _Words) -> str:
    """Return what is shown for an address that holds no longer, or never did."""
    return _whole(f"<h1>{words['gone']}</h1><p>{words['gone_do']}</p>", words)


def ended(was: Ended, words: _Words) -> str:
    """Return why an address that did hold shows no quote any more, and whom to ask."""
    day = languages.day(was.until, words["lang"])
    facts = {"number": was.number, "n": was.round, "day": day, "who": was.author}
    whole = {name: f"<span class=n>{escape(str(fact))}</span>" for name, fact in facts.items()}
    said = words[f"{was.why}_do"].format(**whole)
    return _whole(f"<h1>{words[str(was.why)]}</h1><p class='box warn'>{said}</p>", words)


def waiting(words: _Words) -> str:
    """Return what is shown to who asks too often, or while the server cannot answer."""
    again = f"<form><button class=main>{words['look_again']}</button></form>"
    return _whole(f"<h1>{words['waiting']}</h1><p>{words['waiting_do']}</p>{again}", words)


def unsent(note: str, words: _Words) -> str:
    """Return what somebody wrote and nobody can take any more, so that it is not lost."""
    head = f"<h1>{words['unsent']}</h1><p class='box warn'>{words['unsent_do']}</p>"
    return _whole(
        f"{head}<p class=said>{escape(note.strip())}</p><p><a href=''>{words['back']}</a></p>", words
    )


def too_large(words: _Words) -> str:
    """Return what is shown when more was sent than a comment holds."""
    return _whole(f"<h1>{words['too_large']}</h1><p>{words['too_large_do']}</p>", words)


def _whole(body: str, words: _Words) -> str:
    return (
        f"<!doctype html><html lang={words['lang']}><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<title>{words['title']}</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )


def _line(line: LineRow, words: _Words) -> str:
    many = f"{_number(line.quantity)} {line.unit}"
    facts = [many if line.is_gift else f"{many} × {_money(line.unit_price)}"]
    if line.discount and not line.is_gift:
        facts.append(words["off"].format(amount=_money(line.discount)))
    amount = words["gift"] if line.is_gift else _money(line.net)
    said = "<br>".join(escape(each) for each in facts)
    return (
        f"<tr><td>{escape(line.name)}<br><span class=soft>{said}</span>{_inside(line.parts)}</td>"
        f"<td>{escape(amount)}</td></tr>"
    )


def _inside(parts: Iterable[Part]) -> str:
    """Return what is inside a configured article, indented by its depth."""
    return "".join(
        f"<span class='soft small part {_DEEP[min(part.depth, len(_DEEP)) - 1]}'>{escape(part.name)} "
        f"<span class=n>× {_number(part.quantity)} {escape(part.unit)}</span></span>"
        for part in parts
    )


def _sum(name: str, amount: Decimal, kind: str = "") -> str:
    return f"<tr class='{kind}'><td>{escape(name)}</td><td>{_money(amount)}</td></tr>"


def _number(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def _money(amount: Decimal) -> str:
    return f"¥{amount:,.2f}"


def _terms(note: str, words: _Words) -> str:
    return f"<h2>{words['terms']}</h2><p>{escape(note)}</p>" if note.strip() else ""


def _said(acts: Iterable[ActRow], words: _Words) -> str:
    """What the customer wrote; what colleagues said to each other is none of the page's business."""
    notes = "".join(
        "<p class=said><span class='soft small'>"
        f"{languages.day(business_day(act.at), words['lang'])}</span><br>{escape(act.note)}</p>"
        for act in acts
        if act.by is None and act.note
    )
    return f"<h2>{words['said']}</h2>{notes}" if notes else ""


def _stands(state: State, words: _Words) -> str:
    """Say at the top what was answered already: a quote may be long."""
    if state not in _DONE:
        return ""
    kind = "box warn" if state is State.DECLINED else "box"
    return f"<p class='{kind}' role=status>{words[_DONE[state]]}</p>"


def _answer(detail: Detail, content: str, words: _Words) -> str:
    """Return the form: confirming is the largest, declining asks once more."""
    state, total = detail.row.state, _money(detail.row.total)
    if state is State.ORDERED:
        return "<p></p>"
    open_ = state is State.SENT
    head = f"<h2 id=answer>{words['answer']}</h2>"
    yes = words["yes"].format(total=total)
    yes = f"<button class=main name=act value=confirmed formnovalidate>{yes}</button>"
    no = (
        f"<details><summary>{words['no']}</summary><p class=soft>{words['no_do']}</p>"
        f"<button name=act value=declined formnovalidate>{words['no']}</button></details>"
    )
    bar = (
        f"<div class=bar><span class=sum>{total}</span><a href='#answer'>{words['to_answer']}</a></div>"
        if open_ and len(detail.lines) > _LONG
        else ""
    )
    return (
        f"{head if open_ else ''}"
        f"<form method=post><input type=hidden name=content value='{escape(content)}'>"
        f"{yes if open_ else ''}<label for=note>{words['comment']}</label>"
        f"<textarea id=note name=note maxlength=2000 required placeholder='{words['ask']}'></textarea>"
        f"<button name=act value=commented>{words['send']}</button>{no if open_ else ''}</form>{bar}"
    )
