"""Which faults a draft brings, and which stood in the rules before and are not touched by it.

What a draft brings is refused. What was wrong before is told, so that one faulty article does not
keep the office from publishing anything else. Two rules that contradict one another, and what
cannot be read at all, are refused however old they are: they would be a surprise when goods are
sold. Touched is touched: who writes a rule anew has to mend it; only going off sale is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fieldcrm.rules.rule_draft import Doc, Docs, is_same
from fieldcrm.services.rule_faults import RuleFault

_STOPS = frozenset({
    "rule_unreadable", "promotion_tie", "price_tie", "price_doubled", "code_doubled", "bom_cycle",
})  # fmt: skip
_IDS = frozenset({"id", "territory_id", "price_book_id"})


@dataclass(frozen=True, slots=True)
class Weighed:
    """Faults that keep a draft from being published, and those it may leave as they are."""

    refused: Sequence[RuleFault] = ()
    earlier: Sequence[RuleFault] = ()


def weigh(
    published: Docs, docs: Docs, found: Sequence[RuleFault], before: Callable[[], Sequence[RuleFault]]
) -> Weighed:
    """Part what is wrong with ``docs``; ``before`` tells what was wrong with what is published."""
    if not found:
        return Weighed()
    books = {doc["code"]: key for key, doc in published.get("price_book", {}).items()}
    old = {(each.noun, each.key, each.error.code, each.field) for each in before()}
    refused: list[RuleFault] = []
    earlier: list[RuleFault] = []
    for each in found:
        key = _key_before(each.noun, each.key, docs, books)
        was = published.get(each.noun, {}).get(key)
        stood = each.error.code not in _STOPS and (each.noun, key, each.error.code, each.field) in old
        is_left = was is not None and _is_left(each.noun, was, docs[each.noun][each.key])
        (earlier if stood and is_left else refused).append(each)
    return Weighed(tuple(refused), tuple(earlier))


def _key_before(noun: str, key: str, docs: Docs, books: dict[str, str]) -> str:
    """Return under which key a rule stood; a book that was succeeded has another id, with its prices."""
    if noun not in ("price_book", "price_entry"):
        return key
    book, _, rest = key.partition("|")
    code = (docs["price_book"].get(book) or {}).get("code")
    book = books.get(str(code), book)
    return f"{book}|{rest}" if rest else book


def _is_left(noun: str, was: Doc, doc: Doc) -> bool:
    other = {
        name for name in {**was, **doc} if name not in _IDS and not is_same(was.get(name), doc.get(name))
    }
    return not other or (noun == "product" and other == {"active"} and not doc.get("active"))
