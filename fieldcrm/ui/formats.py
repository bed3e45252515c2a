"""Figures, days and times as people read them, in both languages.

Our own, because Qt's locale gives 11/18/26 and 9:05 AM. Minus is U+2212; a space stands
between Han and digits; an amount to be paid is never abbreviated (``large`` is for cards).
Moments are shown in the organisation's zone.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from fieldcrm.clock import DEFAULT_ZONE, business_day
from fieldcrm.money import CENT, Money, to_cents
from fieldcrm.ui import i18n

MINUS = "\u2212"
NONE = "—"
_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HAN_WEEKDAYS = "一二三四五六日"
# A unit's code or Chinese name: what Chinese and English call it, one and many.
_UNITS = {
    "case": ("箱", "case", "cases"), "bottle": ("瓶", "bottle", "bottles"), "bag": ("袋", "bag", "bags"),
    "box": ("盒", "box", "boxes"), "can": ("罐", "can", "cans"), "piece": ("个", "piece", "pieces"),
    "pack": ("包", "pack", "packs"), "cup": ("杯", "cup", "cups"), "barrel": ("桶", "barrel", "barrels"),
    "strip": ("条", "strip", "strips"), "kg": ("公斤", "kg", "kg"), "facing": ("排面", "facing", "facings"),
    "machine": ("台", "unit", "units"), "set": ("套", "set", "sets"), "sheet": ("张", "sheet", "sheets"),
}  # fmt: skip
# From which amount on, divided by what, followed by what, to which place.
_TENTH, _WHOLE = Decimal("0.1"), Decimal(1)
_HAN_STEPS = ((100_000_000, 100_000_000, " 亿", _TENTH), (10_000, 10_000, " 万", _TENTH))
_LATIN_STEPS = ((1_000_000, 1_000_000, "M", _TENTH), (10_000, 1_000, "k", _WHOLE))
_BY_HAN = {han: code for code, (han, _, _) in _UNITS.items()}


def _signed(value: Decimal, text: str) -> str:
    return f"{MINUS}{text}" if value < 0 else text


def figure(amount: Decimal | None, *, zero_is_none: bool = False) -> str:
    """Return an amount for a column whose header names the unit; nothing is a dash."""
    if amount is None or (zero_is_none and not amount):
        return NONE
    cents = to_cents(amount)
    return _signed(cents, f"{abs(cents):,.2f}")


def money(amount: Decimal | Money | None, currency: str = "CNY") -> str:
    """Return an amount with its sign, two places: ¥4,062.50."""
    if amount is None:
        return NONE
    if isinstance(amount, Money):
        return money(amount.amount, amount.currency)
    cents = to_cents(amount)
    return _signed(cents, f"{_SIGNS.get(currency, currency + ' ')}{abs(cents):,.2f}")


def exact_money(amount: Decimal, currency: str = "CNY") -> str:
    """Return an amount with its sign, cents and what is smaller: ¥1.50, ¥1.5032."""
    said = money(amount, currency)
    rest = f"{abs(amount):.4f}"[-2:].rstrip("0")
    return f"{money(amount.quantize(CENT, ROUND_DOWN), currency)}{rest}" if rest else said


def whole_money(amount: Decimal, currency: str = "CNY") -> str:
    """Return an amount in whole units, for targets: ¥186,420."""
    units = amount.quantize(Decimal(1), ROUND_HALF_UP)
    return _signed(units, f"{_SIGNS.get(currency, currency + ' ')}{abs(units):,}")


def large(amount: Decimal, currency: str = "CNY") -> str:
    """Return a large total for a card, shortened: ¥18.6 万, ¥186k."""
    steps = _HAN_STEPS if i18n.is_chinese() else _LATIN_STEPS
    for least, divisor, suffix, place in steps:
        if abs(amount) >= least:
            short = (abs(amount) / divisor).quantize(place, ROUND_HALF_UP)
            return _signed(amount, f"{_SIGNS.get(currency, currency + ' ')}{short}{suffix}")
    return whole_money(amount, currency)


def count(number: int) -> str:
    """Return a whole number with thousands separators."""
    return f"{MINUS if number < 0 else ''}{abs(number):,}"


def short_count(number: int) -> str:
    """Return a number in four or five letters, for a circle on the map."""
    if number < 10_000:
        return count(number)
    return f"{number / 10_000:.1f}万" if i18n.is_chinese() else f"{number / 1000:.0f}k"


def decimal(number: Decimal) -> str:
    """Return a plain number without idle zeros."""
    text = f"{abs(number):,.4f}".rstrip("0").rstrip(".")
    return _signed(number, text)


def percent(share: float | Decimal) -> str:
    """Return a share of one as whole per cent."""
    whole = int((Decimal(str(share)) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    return f"{count(whole)}%"


def unit(code: str, number: Decimal | int = 2) -> str:
    """Return a unit's name for ``number`` of it; an unknown one stays as it is."""
    names = _UNITS.get(_BY_HAN.get(code, code))
    if names is None:
        return code
    return names[0] if i18n.is_chinese() else names[1 if number == 1 else 2]


def quantity(number: Decimal | int, code: str) -> str:
    """Return a number of units: 8 箱, 8 cases."""
    return f"{decimal(Decimal(number))} {unit(code, number)}"


def day(on: date, today: date) -> str:
    """Return a day with its weekday, or with its year when that is another one."""
    if on.year != today.year:
        return full_day(on)
    if i18n.is_chinese():
        return f"{on.month}月{on.day}日 {weekday(on)}"
    return f"{weekday(on)} {on.day} {_MONTHS[on.month - 1]}"


def plain_day(on: date, today: date | None = None) -> str:
    """Return a day without its weekday: 11月18日, 18 Nov; another year is named."""
    if today is not None and on.year != today.year:
        return full_day(on)
    return f"{on.month}月{on.day}日" if i18n.is_chinese() else f"{on.day} {_MONTHS[on.month - 1]}"


def full_day(on: date) -> str:
    """Return a day with its year."""
    if i18n.is_chinese():
        return f"{on.year}年{on.month}月{on.day}日"
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def table_day(on: date | None, today: date | None = None) -> str:
    """Return a day for a table: 11-18, 18 Nov; another year is named."""
    if on is None:
        return NONE
    if today is not None and on.year != today.year:
        return f"{on:%Y-%m-%d}" if i18n.is_chinese() else full_day(on)
    return f"{on:%m-%d}" if i18n.is_chinese() else f"{on.day} {_MONTHS[on.month - 1]}"


def weekday(on: date) -> str:
    """Return the weekday: 星期三, Wed."""
    return f"星期{_HAN_WEEKDAYS[on.weekday()]}" if i18n.is_chinese() else _WEEKDAYS[on.weekday()]


def short_weekday(on: date) -> str:
    """Return the weekday as a column title: 周三, Wed."""
    return f"周{_HAN_WEEKDAYS[on.weekday()]}" if i18n.is_chinese() else _WEEKDAYS[on.weekday()]


def month(on: date) -> str:
    """Return a month with its year: 2026年11月, Nov 2026."""
    return f"{on.year}年{on.month}月" if i18n.is_chinese() else f"{_MONTHS[on.month - 1]} {on.year}"


def day_range(first: date, last: date) -> str:
    """Return two days and what lies between: 11月16日 至 11月20日, 16–20 Nov."""
    if i18n.is_chinese():
        return f"{plain_day(first)} 至 {plain_day(last)}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{plain_day(last)}"
    return f"{plain_day(first)} – {plain_day(last)}"


def phone(number: str) -> str:
    """Return a mobile number in groups, 138 0571 6021; others stay as they were written."""
    return f"{number[:3]} {number[3:7]} {number[7:]}" if len(number) == 11 and number.isdigit() else number


def clock(moment: datetime) -> str:
    """Return the time of day: 09:20."""
    return f"{moment.astimezone(DEFAULT_ZONE):%H:%M}"


def clock_range(start: datetime, end: datetime) -> str:
    """Return two times of day: 09:20–09:51."""
    return f"{clock(start)}–{clock(end)}"


def moment(at: datetime, now: datetime) -> str:
    """Return a moment as people say it: 今天 07:42, yesterday 18:20, 17 Nov 08:05."""
    on, today = business_day(at), business_day(now)
    if on == today:
        return f"今天 {clock(at)}" if i18n.is_chinese() else f"today {clock(at)}"
    if on == today - timedelta(days=1):
        return f"昨天 {clock(at)}" if i18n.is_chinese() else f"yesterday {clock(at)}"
    return f"{plain_day(on, today)} {clock(at)}"


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago, up to an hour; later the moment itself."""
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return "刚刚" if i18n.is_chinese() else "just now"
    if minutes < 60:
        return f"{minutes} 分钟前" if i18n.is_chinese() else f"{minutes} min ago"
    return moment(at, now)


def days_ago(on: date, today: date) -> str:
    """Return a day by its distance: 今天, 7 天前, yesterday."""
    days = (today - on).days
    if days < 0:
        return plain_day(on, today)
    if i18n.is_chinese():
        return ("今天", "昨天")[days] if days < 2 else f"{count(days)} 天前"
    return ("today", "yesterday")[days] if days < 2 else f"{count(days)} days ago"


def distance(metres: float) -> str:
    """Return a distance: 18 米, 1.8 公里."""
    if metres < 1000:
        return f"{round(metres)} {'米' if i18n.is_chinese() else 'm'}"
    return f"{metres / 1000:,.1f} {'公里' if i18n.is_chinese() else 'km'}"


def duration(seconds: float) -> str:
    """Return how long: 31 分钟, 1 小时 20 分, 40 s."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} 秒" if i18n.is_chinese() else f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    if i18n.is_chinese():
        return (
            f"{hours} 小时 {minutes} 分"
            if hours and minutes
            else f"{hours} 小时"
            if hours
            else f"{minutes} 分钟"
        )
    return f"{hours} h {minutes} min" if hours and minutes else f"{hours} h" if hours else f"{minutes} min"


def stopwatch(seconds: float) -> str:
    """Return a running time with its seconds: 12 分 40 秒, 12 min 40 s."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes >= 60:
        return duration(seconds)
    return f"{minutes} 分 {rest:02} 秒" if i18n.is_chinese() else f"{minutes} min {rest:02} s"


def hours(minutes: float) -> str:
    """Return working time in hours: 6.4 小时, 6.4 h."""
    return f"{minutes / 60:.1f} {'小时' if i18n.is_chinese() else 'h'}"


def size(number: int) -> str:
    """Return a number of bytes: 640 KB, 19 MB."""
    if number < 1_000_000:
        return f"{max(1, round(number / 1000)) if number else 0} KB"
    return f"{number / 1_000_000:,.1f} MB" if number < 10_000_000 else f"{round(number / 1_000_000):,} MB"
