"""Figures, days and times in both languages, as ui.md section 7 has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.ui import formats, i18n

TODAY = date(2026, 11, 18)
NOW = datetime(2026, 11, 18, 10, 18, tzinfo=DEFAULT_ZONE)


@pytest.fixture(params=["zh_CN", "en"])
def zh(request: pytest.FixtureRequest) -> Iterator[bool]:
    i18n.set_language(request.param)
    yield request.param == "zh_CN"
    i18n.set_language("zh_CN")


def test_money_has_its_sign_separators_and_two_places(zh: bool) -> None:
    assert formats.money(Decimal("4062.5")) == "¥4,062.50"
    assert formats.money(Decimal("-96")) == "\u2212¥96.00"
    assert formats.figure(Decimal("0"), zero_is_none=True) == "—"
    assert formats.figure(None) == "—"


def test_large_totals_are_shortened_on_cards_only(zh: bool) -> None:
    assert formats.large(Decimal("186420")) == ("¥18.6 万" if zh else "¥186k")
    assert formats.large(Decimal("9318.4")) == "¥9,318"
    assert formats.large(Decimal("-2500000")) == ("\u2212¥250.0 万" if zh else "\u2212¥2.5M")


def test_days_name_the_weekday_or_another_year(zh: bool) -> None:
    assert formats.day(TODAY, TODAY) == ("11月18日 星期三" if zh else "Wed 18 Nov")
    assert formats.day(date(2025, 11, 18), TODAY) == ("2025年11月18日" if zh else "18 Nov 2025")
    assert formats.table_day(TODAY) == ("11-18" if zh else "18 Nov")
    assert formats.day_range(date(2026, 11, 16), date(2026, 11, 20)) == (
        "11月16日 至 11月20日" if zh else "16–20 Nov"
    )


def test_times_are_shown_in_the_organisations_zone(zh: bool) -> None:
    at = datetime(2026, 11, 18, 1, 20, tzinfo=UTC)
    assert formats.clock(at) == "09:20"
    assert formats.clock_range(at, at + timedelta(minutes=31)) == "09:20–09:51"


def test_the_recent_past_is_said_as_people_say_it(zh: bool) -> None:
    assert formats.ago(NOW - timedelta(seconds=20), NOW) == ("刚刚" if zh else "just now")
    assert formats.ago(NOW - timedelta(minutes=2), NOW) == ("2 分钟前" if zh else "2 min ago")
    assert formats.ago(NOW - timedelta(hours=3), NOW) == ("今天 07:18" if zh else "today 07:18")
    assert formats.ago(NOW - timedelta(days=1), NOW) == ("昨天 10:18" if zh else "yesterday 10:18")
    assert formats.days_ago(TODAY - timedelta(days=7), TODAY) == ("7 天前" if zh else "7 days ago")


def test_measures_carry_their_unit(zh: bool) -> None:
    assert formats.distance(18.4) == ("18 米" if zh else "18 m")
    assert formats.distance(1840) == ("1.8 公里" if zh else "1.8 km")
    assert formats.quantity(8, "case") == ("8 箱" if zh else "8 cases")
    assert formats.quantity(1, "箱") == ("1 箱" if zh else "1 case")
    assert formats.quantity(Decimal("2.5"), "shelf-metre") == "2.5 shelf-metre"
    assert formats.stopwatch(760) == ("12 分 40 秒" if zh else "12 min 40 s")
    assert formats.duration(4800) == ("1 小时 20 分" if zh else "1 h 20 min")
    assert formats.size(19_000_000) == "19 MB"
    assert formats.percent(Decimal("0.125")) == "13%"
