"""The order screen while somebody types: from a key to the painted price, with the real widget, offscreen.

Every key prices the whole order anew; a frame is what the eye takes for at once.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks.figures import Figure, at_most, percentile
from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.rules.pricing import Cart, Rules

NOW = datetime(2026, 11, 18, 10, 18, tzinfo=DEFAULT_ZONE)
KEYS = 240
_ACCOUNT = UUID(int=1)


def figures(cart: Cart, rules: Rules) -> Iterator[Figure]:
    """Type digits into an order of all lines of ``cart``."""
    from PySide6.QtWidgets import QApplication

    from fieldcrm.ui import theme

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.load_fonts()
    theme.apply(app, "light", "zh_CN")
    view = _opened(cart, rules)
    view.resize(1216, 820)
    view.show()
    app.processEvents()
    if view.quote is None or not view.quote.priced.applied:
        raise RuntimeError("no promotion applies: the benchmark measures nothing")
    taken = sorted(_typed(app, view))
    yield at_most("order screen: key to painted price, p50", 1000 * percentile(taken, 0.5), "ms", 16.0)
    yield at_most("order screen: key to painted price, p95", 1000 * percentile(taken, 0.95), "ms", 33.0)
    view.close()


def _opened(cart: Cart, rules: Rules) -> Any:
    from fieldcrm.services.pricing import Basis, DraftLine
    from fieldcrm.services.products import Article, Unit
    from fieldcrm.ui.orders.draft import Draft
    from fieldcrm.ui.orders.entry import EntryView
    from fieldcrm.ui.orders.reading import Counter

    units = (Unit("箱", next(iter(rules.products.values())).units["箱"]),)
    articles = {
        UUID(key): Article(
            UUID(key), key[:8], f"商品 {key[:4]}", "", "", None, units, "瓶", product.tax_rate, active=True
        )
        for key, product in rules.products.items()
    }
    counter = Counter(
        account_id=_ACCOUNT, account="好邻居", credit_limit=None, owed=units[0].factor * 0, articles=articles,
        categories=(), needs={}, basis=Basis(cart.customer, cart.on, rules), prices={}, last_lines=(),
        barcodes={},
    )  # fmt: skip
    draft = Draft(_ACCOUNT)
    draft.fill(DraftLine(UUID(line.product), line.unit, line.quantity) for line in cart.lines)
    context = SimpleNamespace(
        settings=SimpleNamespace(row_height=lambda height: height), now=lambda: NOW, today=NOW.date,
        connection=SimpleNamespace(last_sync=NOW), me=SimpleNamespace(id=_ACCOUNT, role="rep"),
    )  # fmt: skip
    view = EntryView(cast(Any, context))
    view.show_counter(counter, draft, restored=False)
    return view


def _typed(app: Any, view: Any) -> Iterator[float]:
    """Type one digit into some line after the other; yield the seconds of each."""
    from PySide6.QtTest import QTest

    chance = random.Random(20261118)
    for _ in range(KEYS):
        view.table.pick(chance.randrange(view.model.rowCount()))
        app.processEvents()
        begun = time.perf_counter()
        QTest.keyClick(view.table, str(chance.randint(1, 9)))
        app.processEvents()
        yield time.perf_counter() - begun
