"""What the order page says, in the language that the customer's browser asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fieldcrm.model.orders import Fulfilment, OrderStatus
from fieldcrm.rules.pricing.choices import Rule, Why
from fieldcrm.services.order_list import OrderRow
from server import languages

Words = Mapping[str, str]
Name = Callable[[str], str]

_CHINESE: Words = {
    "lang": "zh-CN", "title": "下单", "quote": "「{name}」", "comma": "、", "from": "销售代表 {who}",
    "search": "搜索", "search_for": "商品名称、编码", "usual": "常买", "all": "全部", "shelves": "分类",
    "nothing_found": "没有找到「{text}」。", "nothing_sold": "目前没有可以订购的商品，请联系您的销售代表。",
    "show_all": "看全部商品", "page": "{first}–{last}，共 {found} 种", "back": "上一页", "on": "下一页",
    "quantity": "数量", "more": "加一", "less": "减一", "choose": "选配", "another": "再配一份",
    "change": "修改选配", "from_price": "{price} 起", "nothing_inside": "还没选", "again": "再来一单",
    "last": "上次订单 {day}", "past": "我的订单", "bar": "已选 {n} 种", "bar_none": "还没选商品",
    "see": "去结算", "wrong": "「{said}」不是数量，请填 1、2、3 这样的数。",
    "wrong_some": "有 {n} 个数量需要改。", "check": "确认订单", "to_shop": "继续选购",
    "empty": "购物单是空的", "empty_do": "选好的商品会留在这里，下次打开也在。", "drop": "移除",
    "clear": "清空", "undo": "撤销", "told_dropped": "已移除。", "told_emptied": "已清空。",
    "told_again": "已放入上次订购的商品，数量可以改。",
    "told_again_part": "已放入上次订购的商品；有些现在不能订购，没有放入。",
    "told_again_none": "那张订单里的商品现在都不能订购，购物单没有变。",
    "told_full": "购物单已满（最多 500 行），没有加入。请先下单再继续。",
    "told_moved": "价格或内容有变化，还没有下单。请再看一次，然后确认。", "was": "原来 {was}，现在 {now}。",
    "each": "{price}/{unit}", "off": "优惠 {amount}", "gift": "赠品", "gift_by": "赠品 · {by}",
    "benefits": "享受的优惠", "tax": "税额", "in_tax": "其中税额", "total": "合计", "wanted": "希望送达",
    "wanted_wrong": "这一天不对，请选今天或以后的日子。", "note": "备注",
    "note_ask": "例如：周五上午送，请先打电话", "confirm": "确认下单", "update": "更新",
    "mend": "请先改好标红的地方。", "together": "这些数量不能一起订购：{why}", "done": "订单已收到",
    "done_ok": "谢谢！公司已接受这张订单。", "done_wait": "公司核对后会联系您，不用重复下单。",
    "number": "订单号", "another_order": "再下一单", "no_past": "还没有订单",
    "no_past_do": "下单后可以在这里查看进度，也能一键再来一单。", "lines": "{n} 行",
    "day_wanted": "希望 {day} 送达", "inside_title": "选配", "for": "每{unit}", "gap": "还要选：{groups}",
    "complete": "已选好", "ready": "选好了", "later": "先存着", "anew": "重选", "included": "不加价",
    "plus_price": "+{price}", "minus_price": "{price}", "per": "{price}/{unit}", "range": "{least}–{most}",
    "steps": "{least}–{most}，每次 {step}", "chosen": "已选", "always_in": "已含：{names}",
    "in": "在「{name}」里", "of_0_1": "可选 1 项，也可不选", "of_0_n": "最多选 {most} 项，也可不选",
    "of_n": "选 {most} 项", "of_m_n": "选 {least} 到 {most} 项", "or_none": "{said}，也可不选",
    "gone": "链接已失效", "gone_do": "请联系您的销售代表，索取新的链接。您已选的商品还在。",
    "waiting": "请稍等", "waiting_do": "操作太快，或者系统正忙。您已选的商品还在，过几秒再看。",
    "look_again": "再看一次",
    "too_large": "内容太多", "too_large_do": "刚才发送的内容太多，没有保存。请返回上一页。",
    "status_accepted": "已接受", "status_needs_review": "公司核对中", "status_submitted": "已收到",
    "status_cancelled": "已取消", "status_begun": "备货中", "status_partly_delivered": "部分送达",
    "status_delivered": "已送达", "not_sellable": "现在不供应您的店。", "product_withdrawn": "已停售。",
    "price_not_found": "暂无价格。", "unit_unknown": "不按这个单位卖。",
    "unfinished_line": "还没选完，请先完成选配。", "no_longer": "现在不能订购。",
    "quantity_tie": "数量要按规定搭配。", "other_broken": "请联系您的销售代表。",
    "why_excluded": "和{others}不能同时选，去掉后就能选。",
    "why_excluded_always": "和{others}不能搭配，这个商品固定含{others}。",
    "why_full": "「{group}」已选满：{others}。去掉一项就能选。", "why_needed": "{others}需要它。",
    "why_needed_open": "{others}需要它，请选上。",
    "why_kept": "{others}需要「{kept}」，换掉它要先去掉{others}。",
    "why_kept_always": "固定含的{others}需要「{kept}」，不能换掉。",
    "why_leaves_nothing": "选了它，「{group}」就没有可选的了。", "why_not_sellable": "不供应您的店。",
    "why_product_withdrawn": "已停售。", "why_hidden": "由{others}带入。",
    "why_through": "它需要「{other}」：{why}",
}  # fmt: skip
_ENGLISH: Words = {
    "lang": "en", "title": "Order", "quote": "“{name}”", "comma": ", ", "from": "Your rep: {who}",
    "search": "Search", "search_for": "Name or code", "usual": "Usual", "all": "All", "shelves": "Shelves",
    "nothing_found": "Nothing is called “{text}”.",
    "nothing_sold": "There is nothing to order at the moment. Ask your sales representative.",
    "show_all": "See everything", "page": "{first}–{last} of {found}", "back": "Back", "on": "More",
    "quantity": "Quantity", "more": "One more", "less": "One less", "choose": "Choose what goes in",
    "another": "One more, filled differently", "change": "Change", "from_price": "from {price}",
    "nothing_inside": "nothing chosen yet", "again": "Order the same again", "last": "Last order, {day}",
    "past": "My orders", "bar": "{n} chosen", "bar_none": "Nothing chosen yet", "see": "See the order",
    "wrong": "“{said}” is no quantity. Write a number such as 3.",
    "wrong_some": "{n} quantities need another look.", "check": "Your order", "to_shop": "Go on choosing",
    "empty": "Nothing is chosen yet",
    "empty_do": "What you choose is kept here, also for the next time you open this page.",
    "drop": "Remove", "clear": "Empty it", "undo": "Take it back", "told_dropped": "Removed.",
    "told_emptied": "Everything is taken out.",
    "told_again": "The items of that order are in. Change the quantities as you like.",
    "told_again_part": "The items of that order are in, except some that cannot be ordered now.",
    "told_again_none": "Nothing of that order can be ordered now. Your order is as it was.",
    "told_full": "An order holds 500 lines; this one was not added. Order these first.",
    "told_moved": "Something changed meanwhile, so nothing is ordered yet. Look again and confirm.",
    "was": "It was {was} and is {now} now.", "each": "{price}/{unit}", "off": "Discount {amount}",
    "gift": "Gift", "gift_by": "Gift · {by}", "benefits": "Your discounts", "tax": "Tax",
    "in_tax": "Tax included", "total": "Total", "wanted": "Deliver on",
    "wanted_wrong": "This day cannot be. Choose today or later.", "note": "Note",
    "note_ask": "Such as: Friday morning, please call first", "confirm": "Place the order",
    "update": "Update", "mend": "Mend what is marked in red first.",
    "together": "These quantities do not go together: {why}", "done": "We have your order",
    "done_ok": "Thank you. The order is accepted.",
    "done_wait": "We look at it and come back to you. There is no need to order again.", "number": "Number",
    "another_order": "Another order", "no_past": "No orders yet",
    "no_past_do": "Here you will see how your orders stand, and order the same again with one tap.",
    "lines": "{n} lines", "day_wanted": "wanted on {day}", "inside_title": "What goes in",
    "for": "for one {unit}", "gap": "Still to choose: {groups}", "complete": "Everything is chosen",
    "ready": "Done", "later": "Keep for later", "anew": "Start over", "included": "included",
    "plus_price": "+{price}", "minus_price": "{price}", "per": "{price}/{unit}",
    "range": "{least} to {most}", "steps": "{least} to {most}, in steps of {step}", "chosen": "chosen",
    "always_in": "Always in it: {names}", "in": "inside “{name}”", "of_0_1": "Choose one, or none",
    "of_0_n": "Choose up to {most}, or none", "of_n": "Choose {most}", "of_m_n": "Choose {least} to {most}",
    "or_none": "{said}, or none", "gone": "This page has ended",
    "gone_do": "Ask your sales representative for a new address. What you chose is kept.",
    "waiting": "One moment, please",
    "waiting_do": "That was very many steps in a short time, or the server is busy. What you chose is kept; "
    "look again in a few seconds.", "look_again": "Look again",
    "too_large": "That was too much",
    "too_large_do": "What was sent is larger than any order and was not kept. Go back and try again.",
    "status_accepted": "Accepted", "status_needs_review": "Being checked", "status_submitted": "Received",
    "status_cancelled": "Cancelled", "status_begun": "Being packed",
    "status_partly_delivered": "Partly delivered", "status_delivered": "Delivered",
    "not_sellable": "It is not sold to your shop now.", "product_withdrawn": "It is no longer sold.",
    "price_not_found": "It has no price now.", "unit_unknown": "It is not sold in this unit.",
    "unfinished_line": "Something is still to be chosen in it.", "no_longer": "It cannot be ordered now.",
    "quantity_tie": "they are sold in fixed proportions.", "other_broken": "ask your sales representative.",
    "why_excluded": "Does not go with {others}. Take that out to choose this.",
    "why_excluded_always": "Does not go with {others}, which is always in it.",
    "why_full": "“{group}” is full with {others}. Take one out to choose this.",
    "why_needed": "{others} needs it.", "why_needed_open": "{others} needs it: choose it.",
    "why_kept": "{others} needs “{kept}”. Take {others} out before you change that.",
    "why_kept_always": "{others}, which is always in it, needs “{kept}”.",
    "why_leaves_nothing": "With it nothing would be left to choose for “{group}”.",
    "why_not_sellable": "It is not sold to your shop.", "why_product_withdrawn": "It is no longer sold.",
    "why_hidden": "It comes along with {others}.", "why_through": "It needs “{other}”. {why}",
}  # fmt: skip


def words_of(accepted: str) -> Words:
    """Return the words for an ``Accept-Language``: Chinese where it comes first, English else."""
    return _CHINESE if languages.asked(accepted) == languages.CHINESE else _ENGLISH


def names(words: Words, keys: Iterable[str], name: Name) -> str:
    """Return articles by name."""
    return words["comma"].join(words["quote"].format(name=name(key)) for key in keys)


def why(words: Words, said: Why, name: Name, *, is_open: bool = False) -> str:
    """Return why a choice is closed, must stay or is still to be made."""
    code = f"why_{said.rule}"
    if is_open:
        code = "why_needed_open"
    elif said.always and f"{code}_always" in words:
        code = f"{code}_always"
    facts = {"others": names(words, said.by, name), "group": said.group, "kept": name(said.through)}
    sentence = words[code].format(**facts)
    if not said.through or said.rule is Rule.KEPT:
        return sentence
    return words["why_through"].format(other=name(said.through), why=sentence)


def problem(words: Words, code: str) -> str:
    """Return why a line cannot be ordered."""
    unfinished = ("required_missing", "choose_count", "dependency", "excluded", "quantity_range")
    if code in unfinished or code in ("quantity_step", "not_an_option", "not_configurable"):
        return words["unfinished_line"]
    known = ("not_sellable", "product_withdrawn", "price_not_found", "unit_unknown")
    return words[code] if code in known else words["no_longer"]


def broken(words: Words, code: str) -> str:
    """Return what the order as a whole does wrong."""
    return words["together"].format(why=words.get(code, words["other_broken"]))


def status(words: Words, row: OrderRow) -> tuple[str, str]:
    """Return how an order stands, and how good that is: ok, warn or soft."""
    if row.status == OrderStatus.CANCELLED:
        return words["status_cancelled"], "soft"
    if row.status != OrderStatus.ACCEPTED:
        return words[f"status_{row.status}"], "warn"
    if row.fulfilment == Fulfilment.OPEN:
        return words["status_accepted"], "ok"
    return words.get(f"status_{row.fulfilment}", words["status_accepted"]), "ok"


def of_group(words: Words, group: Any) -> str:
    """Return how many of a group's options may be chosen."""
    least = max(group.least, 1) if group.required else group.least
    if not least:
        return words["of_0_1" if group.most == 1 else "of_0_n"].format(most=group.most)
    said = words["of_n" if least == group.most else "of_m_n"].format(least=least, most=group.most)
    return said if group.required else words["or_none"].format(said=said)
