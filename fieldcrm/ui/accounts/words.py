"""What the accounts screens say: kinds of store, standings, fields, findings."""

from __future__ import annotations

from datetime import date

from fieldcrm.rules.standing import Standing
from fieldcrm.storage.account_list import AccountRow, Chip, Counts, Sort
from fieldcrm.ui import formats
from fieldcrm.ui.channels import CHANNEL as CHANNEL
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.paint import Status

GRADES = ("A", "B", "C")
DATUMS = {
    "wgs84": mark("WGS-84 (GPS)"),
    "gcj02": mark("GCJ-02 (Gaode, Tencent)"),
    "bd09": mark("BD-09 (Baidu)"),
}

CHIPS = {
    Chip.ALL: mark("All"),
    Chip.DUE: mark("Due for a visit"),
    Chip.OVERDUE: mark("Overdue"),
    Chip.QUIET: mark("No order in 30 days"),
    Chip.GRADE_A: mark("Grade A"),
    Chip.NEARBY: mark("Within 2 km"),
}

SORTS = {
    Sort.SALES: mark("By sales, 30 days"),
    Sort.NAME: mark("By name"),
    Sort.LAST_VISIT: mark("By last visit"),
    Sort.LAST_ORDER: mark("By last order"),
    Sort.DUE: mark("By due date"),
    Sort.RECEIVABLE: mark("By receivable"),
}

FIELDS = {
    "name": mark("Store name"), "code": mark("Code"), "channel": mark("Channel"), "grade": mark("Grade"),
    "phone": mark("Phone"), "province": mark("Province"), "city": mark("City"), "district": mark("District"),
    "address": mark("Street address"), "postcode": mark("Postcode"), "country": mark("Country"),
    "latitude": mark("Latitude"), "longitude": mark("Longitude"), "position": mark("Position in one column"),
    "datum": mark("Coordinate system"), "opening": mark("Opening hours"),
    "service_minutes": mark("Minutes per visit"), "cadence_days": mark("Days between visits"),
    "tax_id": mark("Credit code"), "tags": mark("Tags"), "note": mark("Note"),
    "contact_name": mark("Contact person"), "contact_title": mark("Contact's title"),
    "contact_phone": mark("Contact's mobile"), "contact_email": mark("Contact's e-mail"),
    "receivable": mark("Receivable"), "overdue_since": mark("Overdue since"),
    "parent_id": mark("Parent company"),
    "influence": mark("Influence"), "title": mark("Title"), "role": mark("Function"), "email": mark("E-mail"),
    "latitude_e7": mark("Latitude"), "longitude_e7": mark("Longitude"),
}  # fmt: skip

FINDINGS = {
    "required": mark("The name is missing"),
    "too_long": mark("The text is too long"),
    "unreadable_text": mark("Characters cannot be read in any known encoding"),
    "control_characters": mark("Invisible control characters were removed"),
    "formula_like": mark("Looks like a formula; kept as plain text"),
    "code_lost_digits": mark("The spreadsheet rounded this code and lost its digits"),
    "code_twice": mark("The same code is on line {kept}"),
    "code_known": mark("An account with this code is already here"),
    "store_known": mark("An account with this name and address is already here"),
    "like_line": mark("Same name and address as line {kept}"),
    "respelled": mark("Written as “{kept}”"),
    "placeholder": mark("Taken as empty"),
    "no_area_code": mark("The area code is missing; kept as it was written"),
    "wrong_length": mark("This number has too many or too few digits; kept as it was written"),
    "not_a_phone": mark("This is no phone number; kept as it was written"),
    "not_an_email": mark("This is no complete e-mail address; left out"),
    "not_a_postcode": mark("This is no six-digit postcode; left out"),
    "not_a_tax_id": mark("This is no credit code; left out"),
    "tax_id_check": mark("The credit code has a typing error; left out"),
    "city_is_a_province": mark("This is a province, not a city; the city stays empty"),
    "ambiguous_city": mark("Several cities are spelled like this; kept as it was written"),
    "unknown_city": mark("This city is not known; kept as it was written"),
    "unknown_channel": mark("This channel is not known; “{kept}” is used"),
    "unknown_grade": mark("This grade is not known; “{kept}” is used"),
    "unknown_datum": mark("This coordinate system is not known"),
    "not_degrees": mark("These are no degrees"),
    "off_the_globe": mark("This position is not on the globe"),
    "position_swapped": mark("Latitude and longitude seem swapped"),
    "half_a_position": mark("Latitude or longitude is missing"),
    "position_zero": mark("0, 0 is no store; imported without a position"),
    "position_rough": mark("Rounded to about 1 km; check the position at the first visit"),
    "not_a_number": mark("This is no number; left out"),
    "out_of_range": mark("Outside the allowed range; left out"),
    "not_opening_hours": mark("These opening hours cannot be read; left out"),
    "windows_overlap": mark("Opening hours overlap; left out"),
    "bad_time": mark("These opening hours cannot be read; left out"),
    "closes_before_it_opens": mark("Closes before it opens; left out"),
    "contact_without_name": mark("A contact without a name; left out"),
}

VISIT_REVIEW = {"approved": mark("Approved"), "returned": mark("Returned"), "seen": mark("Seen")}
ORDER_STATUS = {
    "draft": (Status.OPEN, mark("Draft")),
    "submitted": (Status.QUEUED, mark("Submitted")),
    "accepted": (Status.DONE, mark("Accepted")),
    "needs_review": (Status.WARNING, mark("Needs attention")),
    "cancelled": (Status.SKIPPED, mark("Cancelled")),
}
INFLUENCE = (
    mark("Influence unknown"), mark("Little influence"), mark("Some influence"), mark("Advises"),
    mark("Strong influence"), mark("Decides"),
)  # fmt: skip


def order_status(status: str) -> tuple[Status, str]:
    """Return an order's state; one of a newer version stays as it is."""
    sign, said = ORDER_STATUS.get(status, (Status.INFO, status))
    return sign, tr(said)


def channel(code: str) -> str:
    """Return the name of a kind of store; one of a newer version stays as it is."""
    return tr(CHANNEL.get(code, code))


def grade(code: str) -> str:
    """Return a grade as a word."""
    return tr("Grade {grade}", grade=code)


def kind(row_channel: str, row_grade: str) -> str:
    """Return what sort of store it is."""
    return f"{channel(row_channel)} · {grade(row_grade)}"


def chips(counts: Counts) -> list[tuple[object, str]]:
    """Return the filters with their counts; nearby only while a position is known."""
    numbers = {
        Chip.ALL: counts.all, Chip.DUE: counts.due, Chip.OVERDUE: counts.overdue, Chip.QUIET: counts.quiet,
        Chip.GRADE_A: counts.grade_a, Chip.NEARBY: counts.nearby,
    }  # fmt: skip
    return [
        (chip, f"{tr(CHIPS[chip])} {formats.count(number)}")
        for chip, number in numbers.items()
        if number is not None
    ]


def standing(row: AccountRow, today: date) -> tuple[Status, str] | None:
    """Return the badge of an account, or None when it needs nothing."""
    match row.standing:
        case Standing.CONFLICT:
            return Status.CONFLICT, tr("Your choice")
        case Standing.OVERDUE:
            days = (today - row.overdue_since).days if row.overdue_since else 0
            return Status.OVERDUE, ntr("{n} d overdue", "{n} d overdue", days)
        case Standing.TODAY:
            return Status.CURRENT, tr("Today")
        case Standing.DUE:
            return Status.DUE, tr("Due")
        case Standing.QUIET:
            return Status.INFO, tr("No orders")
    return None


def masked(phone: str) -> str:
    """Return a mobile number with its middle hidden, as lists show it."""
    return f"{phone[:3]} **** {phone[7:]}" if len(phone) == 11 and phone.isdigit() else phone


def days(windows: list[int]) -> str:
    """Return weekdays as runs: 周一至周五, Mon–Fri."""
    names = [tr(name) for name in WEEKDAYS]
    if sorted(windows) == list(range(1, 8)):
        return tr("Every day")
    runs: list[list[int]] = []
    for day in sorted(windows):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    spans = (names[run[0] - 1] + (f"–{names[run[-1] - 1]}" if len(run) > 1 else "") for run in runs)
    return tr(", ").join(spans)


WEEKDAYS = (mark("Mon"), mark("Tue"), mark("Wed"), mark("Thu"), mark("Fri"), mark("Sat"), mark("Sun"))


def finding(code: str, kept: str) -> str:
    """Return what is wrong with a cell, in plain words."""
    shown = channel(kept) if code == "unknown_channel" else kept
    return tr(FINDINGS.get(code, mark("This value cannot be used"))).replace("{kept}", shown)
