"""The sentences for every expected error: what happened first, then what was kept and what to do.

``CLASSES`` goes by what happened to the laptop or to sync, ``CODES`` by what a rule or a field
says; a code wins over its class. A test lists the codes of the source.
"""

from __future__ import annotations

from fieldcrm.ui import consent_error_words, order_error_words
from fieldcrm.ui.i18n import mark

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
            "The file was left as it is. What was sent is at the office; what was not can be rescued from "
            "the file: the window offers it at the next start."
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
    "WorkerLost": (
        mark("The search for a better plan ended before it had an answer."),
        mark("Nothing was changed. Try again, or close other programs first if memory is short."),
    ),
    "ProviderFailed": (
        mark("The map service did not answer as it should."),
        mark("Nothing depends on it: estimates are used. Check its address in Settings, or try later."),
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
    "LeaseOver": (
        mark("Locked: this laptop had no contact with the office for too long."),
        mark("Nothing is lost. Connect to a network and sign in: everything opens as you left it."),
    ),
    "StorageError": (
        mark("The data on this laptop could not be used."),
        mark("What was saved before is kept. Try again."),
    ),
}

# By code; these win over the class.
CODES: dict[str, _Text] = {
    "server_restored": (
        mark("The office was restored from a copy."),
        mark(
            "Nothing of yours is lost: what the copy does not hold is sent again by itself within ten "
            "minutes. Choose Sync to send it now."
        ),
    ),
    "wrong_credentials": (
        mark("Account or password is wrong."),
        mark("Check capital letters and the server, and type the password again."),
    ),
    "device_wiped": (
        mark("This laptop was reported lost."),
        mark("The office ordered it to destroy its data, and it has. What was not sent is sealed for them."),
    ),
    "device_hands_in": (
        mark("This laptop only hands in its work."),
        mark("What you saved is still sent. The office has ended the rest; ask your administrator."),
    ),
    "hand_in_over": (
        mark("The time to hand in work is over."),
        mark("Your data is still here. Ask your administrator to let this laptop back in."),
    ),
    "device_revoked": (
        mark("The office has signed this laptop out."),
        mark("Your data is still here. Ask your administrator, then sign in again."),
    ),
    "ends_before_it_begins": (
        mark("The end lies before the beginning."),
        mark("Nothing was changed. Choose a later end."),
    ),
    "empty_week": (mark("No visit is planned in this week."), mark("Plan it first, then submit it.")),
    "not_allowed": (mark("Your role may not change this."), mark("Your other changes were kept.")),
    "not_a_manager": (mark("Only a manager decides that."), mark("Your other changes were kept.")),
    "already_accompanied": (mark("Somebody comes along already."), mark("Nothing was changed.")),
    "not_oneself": (mark("Nobody accompanies himself."), mark("Nothing was changed. Choose somebody else.")),
    "not_visited_yet": (mark("You have not checked in there yet."), mark("Sign after your own check-in.")),
    "not_a_joint_visit": (
        mark("This file holds no accompanied visit."),
        mark("Nothing was taken over. Ask for the file again."),
    ),
    "file_for_somebody_else": (
        mark("This file is for {name}."),
        mark("Nothing was taken over. Ask for one that names you."),
    ),
    "store_not_here": (
        mark("{account} is not on this laptop."),
        mark("Nothing was taken over. Sync once, then try again."),
    ),
    "already_planned": (mark("This store is already planned for that day."), mark("Nothing was added.")),
    "already_visited": (mark("This stop has been visited."), mark("It stays as it is.")),
    "day_is_past": (mark("That day is over."), mark("Nothing was changed. Pick today or a later day.")),
    "not_planned_any_more": (
        mark("This stop is not planned any more."),
        mark("Nothing was changed. Look at the plan again."),
    ),
    "visit_open": (mark("Another visit is still running."), mark("Check out there first.")),
    "visit_closed": (
        mark("This visit has ended."),
        mark("What was recorded is kept and cannot be changed any more."),
    ),
    "somebody_else": (mark("This is yourself."), mark("Choose somebody else.")),
    "visit_settled": (
        mark("This report is approved and settled."),
        mark("Nothing was changed. Ask your manager to send it back if something is wrong."),
    ),
    "visit_not_submitted": (
        mark("This visit is still running."),
        mark("Nothing was changed. Change the answers in the visit itself."),
    ),
    "nothing_changed": (mark("Nothing was changed."), mark("Change an answer, a photo or the report first.")),
    "not_this_stores_code": (
        mark("This is not the code of this store's sheet."),
        mark("Check the eight letters and digits, or check in without the code."),
    ),
    "store_code_old": (
        mark("This sheet was replaced by a newer one."),
        mark("Look for the new sheet in the store, or check in without the code."),
    ),
    "no_code_in_picture": (
        mark("No store code was found in the picture."),
        mark("Take the sheet from the front, with all of the square, or type the code."),
    ),
    "visit_incomplete": (
        mark("Something required is still missing."),
        mark("Your answers are kept. Fill in what is marked, then check out."),
    ),
    "check_out_not_missed": (mark("This visit can be checked out normally."), mark("Nothing was changed.")),
    "another_user": (mark("This belongs to someone else."), mark("Nothing was changed. Ask its owner.")),
    "newer_value": (
        mark("A newer version has written this record."),
        mark("Nothing was changed. You can read it here; update this program to change it."),
    ),
    "archived": (mark("This record has been put away."), mark("Nothing was changed. Bring it back first.")),
    **consent_error_words.CODES,
    **order_error_words.CODES,
    "required": (mark("This is required."), ""),
    "required_missing": (mark("Something required is missing."), mark("Fill it in and go on.")),
    "not_a_number": (mark("Type a number."), ""),
    "not_a_whole_number": (mark("Type a whole number."), ""),
    "not_an_amount": (mark("Type an amount, such as 4062.50."), ""),
    "not_a_day": (mark("Type a day, such as 2026-11-18."), ""),
    "not_a_time": (mark("Type a time, such as 09:20."), ""),
    "same_stores": (mark("Another rule speaks of the same stores. Change that one."), ""),
    "not_your_area": (mark("This area's rules are kept by somebody else."), mark("Nothing was changed.")),
    "longer_than_the_wish": (mark("This cannot be more than the days between visits."), ""),
    "shorter_than_the_wish": (mark("This cannot be less than the days between visits."), ""),
    "seasons_overlap": (mark("Two seasons share days."), ""),
    "not_a_month_day": (mark("Write month and day, such as 06-01."), ""),
    "not_a_duration": (mark("Type a duration between 5 minutes and 8 hours."), ""),
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
    "in_the_past": (mark("Choose a time to come."), ""),
    "not_the_author": (mark("Only whoever made the call can correct it."), ""),
    "out_of_range": (mark("This value is outside the allowed range."), ""),
    "too_large": (mark("This is too large."), mark("Nothing was added.")),
    "too_small": (mark("This is too small."), ""),
    "too_long": (mark("This text is too long."), mark("Shorten it.")),
    "not_a_choice": (mark("Choose one from the list."), ""),
    "too_short": (mark("This text is too short."), mark("Write more.")),
    "wrong_form": (mark("This does not have the form that is asked for."), mark("Correct it.")),
    "not_a_payment": (mark("A payment is an amount and a way of paying."), mark("Correct it.")),
    "no_method": (mark("Choose how it was paid."), ""),
    "not_rows": (mark("These rows cannot be read."), mark("Fill them in again.")),
    "too_few_rows": (mark("More rows are asked for."), mark("Add what is missing.")),
    "too_many_rows": (mark("There are too many rows."), mark("Take some away.")),
    "template_wrong": (
        mark("Something in the template cannot work."),
        mark("Nothing was published. Its check names the step and the question."),
    ),
    "template_tie": (
        mark("Another template is made for the same visits."),
        mark("Nothing was published. Change the stores or the purpose of one of them."),
    ),
    "edition_taken": (
        mark("Somebody else has published this edition in the meantime."),
        mark("Nothing was changed. Look at theirs, then publish yours as the next one."),
    ),
    "not_an_option": (mark("Choose one from the list."), ""),
    "period_reversed": (mark("The last day is before the first."), mark("Correct one of them.")),
    "status_of_server": (mark("Only the office changes this."), mark("Nothing was changed.")),
    "not_a_tile_file": (mark("This is not a map file."), mark("The map stays as it was.")),
    "not_raster_tiles": (mark("This kind of map file cannot be shown."), mark("The map stays as it was.")),
    "stopped": (mark("You stopped it."), mark("What was finished before is kept.")),
    "bad_text": (mark("This text cannot be kept."), mark("Remove unusual characters and go on.")),
    "code_taken": (mark("Another account has this code."), mark("Type another code, or leave it empty.")),
    "code_lost_digits": (
        mark("The code has lost digits in a spreadsheet."),
        mark("Format the column as text in the spreadsheet and read the file again."),
    ),
    "day_is_too_far": (mark("That day is too far away."), mark("Pick a day within a year.")),
    "far_reason_needed": (mark("You are far from the store."), mark("Say why, then check in.")),
    "field_of_newer_version": (
        mark("This question needs a newer version of the application."),
        mark("Your other answers are kept."),
    ),
    "not_a_boolean": (mark("Answer yes or no."), ""),
    "not_counts": (mark("Stock is counted in whole numbers."), mark("Correct the counts and go on.")),
    "not_editable": (mark("This field is not changed here."), mark("Nothing was changed.")),
    "not_your_territory": (
        mark("This store belongs to another territory."),
        mark("Nothing was changed. Ask the office to move it."),
    ),
    "order_fixed": (
        mark("A submitted order cannot be changed."),
        mark("It stays as it is. Cancel it or make a new one."),
    ),
    "lines_without_price": (
        mark("Some lines have no price."),
        mark("The order stays a draft. Remove them, or ask the office for a price."),
    ),
    "manual_price": (
        mark("The price offered is more than the list's."),
        mark("Offer less, or go back to the list price."),
    ),
    "price_not_positive": (mark("A price must be more than zero."), mark("The line keeps its old price.")),
    "price_doubled": (
        mark("This item has two prices in one list."),
        mark("It was not added. Ask the office which one holds."),
    ),
    "quantity_tie": (
        mark("These items go together in fixed numbers."),
        mark("Order more of the one that is missing."),
    ),
    "quantity_range": (
        mark("This quantity is not allowed here."),
        mark("Type a quantity within the limits."),
    ),
    "quantity_step": (mark("This quantity does not fit the pack."), mark("Type a multiple of the pack.")),
    "choose_count": (mark("Choose the right number of parts."), mark("The set is incomplete until then.")),
    "dependency": (mark("This part needs another one."), mark("Add the part it needs, or remove it.")),
    "excluded": (mark("These two parts do not go together."), mark("Remove one of them.")),
    "not_configurable": (mark("Nothing can be chosen in this item."), mark("Nothing was changed.")),
    "choice_closed": (mark("This cannot be chosen now."), mark("What was chosen stays as it was.")),
    "option_doubled": (mark("One part is named twice in this set."), mark("Nothing was published.")),
    "need_unmet": (
        mark("What is always in a set needs something that nobody can choose there."),
        mark("Let that be always in it too, or offer it in a group."),
    ),
    "category_cycle": (mark("A category cannot stand under itself."), mark("Nothing was changed.")),
    "bom_cycle": (mark("A set cannot contain itself."), mark("Nothing was changed.")),
    "discount_too_high": (
        mark("The discount is more than you may give."),
        mark("Nobody may agree to that much. Offer a higher price."),
    ),
    "rules_unknown": (
        mark("The office has no such set of rules."),
        mark("Sync and look at the prices once more."),
    ),
    "rule_unreadable": (mark("A rule is not written as it must be."), mark("Nothing was published.")),
    "rules_out_of_order": (
        mark("A set may not begin before the one before it."),
        mark("Choose a later moment."),
    ),
    "rules_moved": (
        mark("Another set of rules was published meanwhile."),
        mark("Nothing was published. Sync, look at what differs and publish again."),
    ),
    "base_unit_fixed": (
        mark("An item that was published keeps its base unit."),
        mark("Add another unit, or make a new item."),
    ),
    "cannot_read": (mark("The file cannot be read."), mark("Nothing was changed. Close it elsewhere.")),
    "not_a_list": (
        mark("This file is no workbook."),
        mark("Nothing was changed. Save it as an Excel workbook first."),
    ),
    "no_rule_sheet": (
        mark("No sheet of this workbook is known here."),
        mark("Nothing was changed. Begin with a workbook that was saved here."),
    ),
    "unknown_column": (mark("No column goes by this title."), ""),
    "column_missing": (mark("This column is missing in the sheet."), ""),
    "column_doubled": (mark("This column stands in the sheet twice."), ""),
    "sheet_doubled": (mark("Another sheet of the workbook says the same."), ""),
    "currency_other": (mark("Prices are in CNY only."), mark("Convert them first, orders add them up.")),
    "formulas_unreckoned": (
        mark("The workbook holds formulas without results."),
        mark("Open it in a spreadsheet program, save it there and bring it again."),
    ),
    "line_doubled": (mark("Another line of the sheet says the same rule."), ""),
    "not_a_pair": (mark("Write name = value."), ""),
    "unknown_reference": (
        mark("Nothing here goes by this name."),
        mark("Nothing was saved. Choose one that exists."),
    ),
    "unit_doubled": (mark("This unit is there twice."), mark("Nothing was saved. Take one of them out.")),
    "promotion_tie": (
        mark("Two promotions that stand alone could both apply."),
        mark("Give one of them a larger priority."),
    ),
    "code_doubled": (mark("This code is used twice."), mark("Nothing was saved. Choose another code.")),
    "rule_taken": (
        mark("This is there already."),
        mark("Nothing was saved. Open that one, or choose another."),
    ),
    "ladder_not_rising": (mark("The rungs must rise."), mark("Nothing was saved. Correct the percentages.")),
    "tie_to_itself": (mark("An item cannot be tied to itself."), mark("Nothing was changed.")),
    "budget_passed": (mark("The promotion has no budget left."), mark("The order is priced without it.")),
    "one_benefit_needed": (mark("A promotion needs a benefit."), mark("Nothing was saved.")),
    "tiers_not_rising": (mark("The tiers must rise."), mark("Nothing was saved. Correct their order.")),
    "overdrawn": (mark("The account does not hold that much."), mark("Nothing was booked.")),
    "limit_passed": (
        mark("There is not enough left of a limit."),
        mark("Nothing was accepted. Give the order back to be priced again."),
    ),
    "stock_short": (
        mark("There is not enough left of a scarce article."),
        mark("The order stays a draft. Order less of it, or sync to get a larger share."),
    ),
    "release_not_yours": (
        mark("You may not let this order pass the credit limit."),
        mark("Nothing was accepted. The finance department decides about it."),
    ),
    "promised": (
        mark("More is sold already than there would be."),
        mark("Nothing was changed. Look at what is sold, and type at least that much."),
    ),
    "rebate_balance": (mark("The rebate account does not hold that much."), mark("Use less.")),
    "rebate_expired": (mark("This rebate has expired."), mark("The order is priced without it.")),
    "rebate_limit": (mark("This is more rebate than the order allows."), mark("Use less.")),
    "rebate_unknown": (mark("This rebate is not known."), mark("The order is priced without it.")),
    "unknown_choice": (mark("Choose one from the list."), ""),
}
