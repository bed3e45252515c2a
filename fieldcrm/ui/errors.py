"""What every expected error says to people: what happened, what was kept, what to do.

The first sentence is the title, the rest the text. Codes, ids and exception texts never
stand in them; ``details`` carries those for the clipboard. A code that is not listed here is
worded by its class, and a test lists every code in the source.
"""

from __future__ import annotations

import platform
import traceback
from dataclasses import dataclass

import fieldcrm
from fieldcrm import clock
from fieldcrm.errors import FieldCrmError
from fieldcrm.ui.i18n import mark, tr


@dataclass(frozen=True, slots=True)
class Wording:
    """What the bar says; ``text`` follows the title and may be empty."""

    title: str
    text: str = ""

    @property
    def whole(self) -> str:
        """Title and text in one."""
        return f"{self.title} {self.text}".strip()


_Text = tuple[str, str]

# Of the laptop and of sync, by the name of the class.
CLASSES: dict[str, _Text] = {
    "WrongKey": (
        mark("This passphrase does not open your data."),
        mark("Nothing was changed. Type it again."),
    ),
    "KeyringLocked": (
        mark("The system's keyring is locked."),
        mark("Your data is untouched. Unlock the keyring and try again."),
    ),
    "NoKeyring": (
        mark("This computer has no keyring to keep the key in."),
        mark("Choose a passphrase; you type it at each start."),
    ),
    "Damaged": (
        mark("The data file on this laptop cannot be read."),
        mark(
            "The file was left as it is. Restore a backup, or sign in again and fetch everything from "
            "the office; unsent work can be rescued from the file."
        ),
    ),
    "TooNew": (
        mark("This data was last used by a newer version of the application."),
        mark("Nothing was changed. Install the newer version and start again."),
    ),
    "DiskFull": (
        mark("The disk is full."),
        mark("The last change was not saved; everything before it is. Free some space and save again."),
    ),
    "InUse": (
        mark("Your data is already open in another window."),
        mark("Nothing was changed. Use that window, or close it and try again."),
    ),
    "ReadOnly": (
        mark("The folder of the application cannot be written."),
        mark("Nothing was changed. Allow writing to the folder and try again."),
    ),
    "UnsentWork": (
        mark("Some work exists only on this laptop."),
        mark("It was kept. Sync first, or save a rescue bundle."),
    ),
    "Offline": (
        mark("Could not reach the office."),
        mark("Everything is on this laptop. It will be sent when you are online, or choose Retry."),
    ),
    "Throttled": (
        mark("The office asked to wait a moment."),
        mark("Everything is on this laptop and will be sent again by itself."),
    ),
    "SignInRequired": (
        mark("Your session has ended."),
        mark("Everything is on this laptop. Sign in again to send it."),
    ),
    "ClientTooOld": (
        mark("This version is too old to fetch news."),
        mark("Your work is still sent. Install the newer version to get what the office changed."),
    ),
    "Malformed": (
        mark("What answered was not the office."),
        mark(
            "Nothing was applied and nothing lost. In a hotel or café network, open its sign-in page first."
        ),
    ),
    "Rejected": (
        mark("The office refused a change."),
        mark("It was kept. Open Sync to see why and what to do."),
    ),
    "NotFound": (
        mark("This record is no longer here."),
        mark("It may have been put away or given to someone else. Go back and pick it again."),
    ),
    "RuleBroken": (mark("The rules do not allow this."), mark("Nothing was changed.")),
    "Invalid": (
        mark("A value cannot stay like this."),
        mark("Nothing was saved from this field. Correct it and go on."),
    ),
    "SyncError": (
        mark("Sync did not finish."),
        mark("Everything is on this laptop and will be sent again by itself."),
    ),
    "StorageError": (
        mark("The data on this laptop could not be used."),
        mark("What was saved before is kept. Try again."),
    ),
}

# By code; these win over the class.
CODES: dict[str, _Text] = {
    "wrong_credentials": (
        mark("Account or password is wrong."),
        mark("Check capital letters and the server, and type the password again."),
    ),
    "device_revoked": (
        mark("The office has signed this laptop out."),
        mark("Your data is still here. Ask your administrator, then sign in again."),
    ),
    "already_planned": (mark("This store is already planned for that day."), mark("Nothing was added.")),
    "already_visited": (mark("This stop has been visited."), mark("It stays as it is.")),
    "day_is_past": (mark("That day is over."), mark("Nothing was changed. Pick today or a later day.")),
    "not_planned_any_more": (
        mark("This stop is not planned any more."),
        mark("Nothing was changed. Look at the plan again."),
    ),
    "visit_open": (mark("Another visit is still running."), mark("Check out there first, or pause it.")),
    "visit_closed": (
        mark("This visit has ended."),
        mark("What was recorded is kept and cannot be changed any more."),
    ),
    "visit_incomplete": (
        mark("Something required is still missing."),
        mark("Your answers are kept. Fill in what is marked, then check out."),
    ),
    "check_out_not_missed": (mark("This visit can be checked out normally."), mark("Nothing was changed.")),
    "another_user": (mark("This belongs to someone else."), mark("Nothing was changed. Ask its owner.")),
    "archived": (mark("This record has been put away."), mark("Nothing was changed. Bring it back first.")),
    "order_empty": (mark("The order has no lines."), mark("It stays a draft. Add at least one item.")),
    "order_step": (mark("The order has moved on."), mark("Nothing was changed. Look at its state again.")),
    "order_too_long": (
        mark("The order has too many lines."),
        mark("It stays a draft. Split it into two orders."),
    ),
    "price_not_found": (
        mark("There is no price for this item here."),
        mark("It was not added. Ask the office for a price, or choose another item."),
    ),
    "product_unknown": (
        mark("This item is not in the catalogue."),
        mark("It was not added. Sync to fetch the latest catalogue."),
    ),
    "product_withdrawn": (
        mark("This item is no longer sold."),
        mark("It was not added. Choose another item."),
    ),
    "unit_unknown": (
        mark("This item is not sold in that unit."),
        mark("Nothing was changed. Choose one of its units."),
    ),
    "not_sellable": (mark("This item may not be sold to this store."), mark("It was not added.")),
    "quantity_not_positive": (
        mark("A quantity must be more than zero."),
        mark("Type a number, or remove the line."),
    ),
    "quantity_too_fine": (mark("This unit takes whole numbers."), mark("Type a whole number.")),
    "quantity_too_large": (mark("This quantity is too large."), mark("Type a smaller number.")),
    "below_floor": (mark("The price is below the lowest allowed."), mark("The line keeps its old price.")),
    "price_tie": (
        mark("Two price lists claim this item."),
        mark("It was not added. Ask the office which one holds."),
    ),
    "required": (mark("This is required."), ""),
    "required_missing": (mark("Something required is missing."), mark("Fill it in and go on.")),
    "not_a_number": (mark("Type a number."), ""),
    "not_a_whole_number": (mark("Type a whole number."), ""),
    "not_an_amount": (mark("Type an amount, such as 4062.50."), ""),
    "not_a_day": (mark("Type a day, such as 2026-11-18."), ""),
    "not_a_time": (mark("Type a time, such as 09:20."), ""),
    "bad_time": (mark("Type a time, such as 09:20."), ""),
    "not_an_email": (mark("This is not a complete e-mail address."), ""),
    "not_a_phone": (
        mark("This is not a complete phone number."),
        mark("Type 11 digits, or a landline with its area code."),
    ),
    "phone_invalid": (
        mark("This is not a complete phone number."),
        mark("Type 11 digits, or a landline with its area code."),
    ),
    "not_a_postcode": (mark("A postcode has six digits."), ""),
    "not_a_tax_id": (mark("A credit code has 18 characters."), ""),
    "tax_id_check": (mark("The credit code has a typing error."), mark("Compare it with the licence.")),
    "not_a_position": (
        mark("This is not a position."),
        mark("Type latitude and longitude, or pick it on the map."),
    ),
    "half_a_position": (mark("A position needs latitude and longitude."), ""),
    "not_degrees": (mark("Type degrees, such as 30.2741."), ""),
    "off_the_globe": (mark("This position is not on the globe."), mark("Check the digits.")),
    "position_swapped": (mark("Latitude and longitude seem swapped."), mark("Check the two values.")),
    "unknown_datum": (mark("This coordinate system is not known."), ""),
    "unknown_channel": (mark("This channel is not known."), mark("Choose one from the list.")),
    "windows_overlap": (mark("Two opening times overlap."), mark("Correct one of them.")),
    "closes_before_it_opens": (mark("Closing time is before opening time."), mark("Correct one of them.")),
    "not_opening_hours": (mark("These opening hours cannot be read."), mark("Write them like 08:30-21:00.")),
    "no_days": (mark("Choose at least one day."), ""),
    "out_of_range": (mark("This value is outside the allowed range."), ""),
    "too_large": (mark("This is too large."), mark("Nothing was added.")),
    "too_small": (mark("This is too small."), ""),
    "too_long": (mark("This text is too long."), mark("Shorten it.")),
    "not_a_choice": (mark("Choose one from the list."), ""),
    "not_an_option": (mark("Choose one from the list."), ""),
    "period_reversed": (mark("The last day is before the first."), mark("Correct one of them.")),
    "status_of_server": (mark("Only the office changes this."), mark("Nothing was changed.")),
    "not_a_tile_file": (mark("This is not a map file."), mark("The map stays as it was.")),
    "not_raster_tiles": (mark("This kind of map file cannot be shown."), mark("The map stays as it was.")),
    "stopped": (mark("You stopped it."), mark("What was finished before is kept.")),
}


def worded(error: Exception) -> Wording:
    """Return what to say about ``error``; anything unexpected is called a fault of ours."""
    if not isinstance(error, FieldCrmError):
        return Wording(
            tr("Something in the application broke."),
            tr("What was saved before is kept. Try again, and send the details to your administrator."),
        )
    found = CODES.get(error.code)
    for kind in type(error).__mro__:
        found = found or CLASSES.get(kind.__name__)
    title, text = found or CLASSES["RuleBroken"]
    return Wording(tr(title), tr(text) if text else "")


def details(error: Exception) -> str:
    """Return what a helper needs: versions, the moment, code and data, the place it came from."""
    lines = [
        f"fieldcrm {fieldcrm.__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"{clock.now():%Y-%m-%d %H:%M:%S} UTC",
        f"{type(error).__name__}: {error}",
        "".join(traceback.format_exception(error)),
    ]
    return "\n".join(lines)
