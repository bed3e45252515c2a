"""The calendar file as an independent parser reads it back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.rules import ics

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)
DAY = date(2026, 11, 23)


def event(**fields: object) -> ics.Event:
    return ics.Event(**{"uid": "a@visit.fieldcrm", "on": DAY, "title": "好邻居"} | fields)  # type: ignore[arg-type]


def read(*events: ics.Event) -> list[object]:
    return list(Calendar.from_ical(ics.write("fieldcrm · 陈嘉禾", events, AT)).walk("VEVENT"))


def test_nine_in_shanghai_is_one_in_utc_and_the_visit_ends_when_its_minutes_are_over() -> None:
    start = datetime(2026, 11, 23, 9, 0, tzinfo=DEFAULT_ZONE)
    [found] = read(event(start=start, minutes=35))
    assert found.decoded("DTSTART") == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert found.decoded("DTSTART").utcoffset() == timedelta(0)
    assert found.decoded("DTEND") - found.decoded("DTSTART") == timedelta(minutes=35)
    assert (found["STATUS"], found["TRANSP"]) == ("CONFIRMED", "OPAQUE")


def test_a_visit_without_a_time_is_a_whole_day() -> None:
    [found] = read(event())
    assert found.decoded("DTSTART") == DAY
    assert found.decoded("DTEND") == DAY + timedelta(1)
    assert found["TRANSP"] == "TRANSPARENT"


def test_a_cancelled_visit_says_so_under_the_same_uid_with_a_higher_sequence() -> None:
    first, then = read(event(sequence=3), event(sequence=4, cancelled=True))
    assert first["UID"] == then["UID"]
    assert (then["STATUS"], int(then["SEQUENCE"])) == ("CANCELLED", 4)


@given(title=st.text(min_size=1, max_size=200), note=st.text(max_size=400), place=st.text(max_size=80))
def test_no_text_breaks_the_file_and_every_text_comes_back(title: str, note: str, place: str) -> None:
    made = ics.write("x", [event(title=title, note=note, place=place)], AT)
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))
    assert b"\r" not in made.replace(b"\r\n", b"")
    [found] = Calendar.from_ical(made).walk("VEVENT")
    assert str(found["SUMMARY"]) == _kept(title)
    assert str(found.get("DESCRIPTION", "")) == _kept(note)


def _kept(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char == "\n" or char >= " " or char == "\t").replace("\x7f", "")


def test_lines_are_folded_between_characters_and_marks_are_escaped() -> None:
    long = "文三路，" * 40 + r"a,b;c\d" + "\nnext"
    made = ics.write("x", [event(title=long)], AT)
    for line in made.split(b"\r\n"):
        line.decode()  # no character is cut
    [found] = Calendar.from_ical(made).walk("VEVENT")
    assert str(found["SUMMARY"]) == long


def test_the_calendar_has_a_name_and_says_where_a_store_is() -> None:
    made = Calendar.from_ical(ics.write("fieldcrm · 陈嘉禾", [event(position=(30.2741, 120.1551))], AT))
    assert made["X-WR-CALNAME"] == "fieldcrm · 陈嘉禾"
    assert (made["METHOD"], made["VERSION"]) == ("PUBLISH", "2.0")
    [found] = made.walk("VEVENT")
    assert (found["GEO"].latitude, found["GEO"].longitude) == (30.2741, 120.1551)
