"""What is wrong with a rule, with the articles or the group it is about; a circle with its whole way."""

from __future__ import annotations

from collections.abc import Callable

from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import tr

_OF_BILLS = frozenset({"bom_cycle", "option_doubled", "excluded", "need_unmet"})


def said(error: Exception, named: Callable[[str], str]) -> str:
    """Return what is wrong; ``named`` tells an article's name by its id."""
    title, data = worded(error).title, getattr(error, "data", {})
    code = getattr(error, "code", "")
    keys = [str(each) for each in data.get("products", ())] if code in _OF_BILLS else []
    if code in _OF_BILLS and not keys and "product" in data:
        keys = [str(data["product"])]
    sign = " › " if code == "bom_cycle" else tr(", ")
    about = sign.join(map(named, keys)) or str(data.get("group") or "")
    return tr("{about}: {wrong}", about=about, wrong=title) if about else title
