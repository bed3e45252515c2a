"""The sentences for what is wrong with grants and phone codes of quotes; ``error_words`` takes them in."""

from __future__ import annotations

from fieldcrm.ui.i18n import mark

CODES: dict[str, tuple[str, str]] = {
    "grant_days": (
        mark("A grant holds for at most three months."),
        mark("Choose another last day. What you typed is kept."),
    ),
    "grant_percent": (
        mark("The discount must be more than 0 % and at most 100 %."),
        mark("Mend it. What you typed is kept."),
    ),
    "grant_without_end": (
        mark("A grant needs a number of quotes or a total that it ends with."),
        mark("Write one of the two. What you typed is kept."),
    ),
    "grant_count": (
        mark("The number of quotes must be between 1 and 1,000."),
        mark("Mend it. What you typed is kept."),
    ),
    "grant_amount": (
        mark("The amount must be more than zero."),
        mark("Mend it. What you typed is kept."),
    ),
    "grant_of_another": (
        mark("This grant is not for you."),
        mark("The quote is not approved and goes on waiting."),
    ),
    "grant_over": (
        mark("The grant has ended."),
        mark("The quote is not approved and goes on waiting. Ask your manager."),
    ),
    "grant_too_small": (
        mark("The grant does not reach as far as this quote."),
        mark("The quote is not approved and goes on waiting. Ask your manager."),
    ),
    "grant_spent": (
        mark("The grant is used up."),
        mark("The quote is not approved and goes on waiting. Ask your manager."),
    ),
    "grant_unsigned": (
        mark("The office has not signed this grant, or it was altered on this laptop."),
        mark("The quote is not approved. Sync, then try again."),
    ),
    "quote_consent_unclear": (
        mark("It is not clear who agreed to this quote."),
        mark("The quote is not approved and goes on waiting."),
    ),
    "quote_code_unfit": (
        mark("This code was not given for this quote."),
        mark("Nothing was changed. Compare customer, total, discount and the challenge, then type it again."),
    ),
    "quote_code_wrong": (
        mark("The code is not your manager's for this quote."),
        mark("The quote is not approved and goes on waiting. Ask your manager."),
    ),
    "quote_code_used": (
        mark("This code has been used before."),
        mark("The quote is not approved and goes on waiting. Ask for another code."),
    ),
    "quote_code_over": (
        mark("The code came too late."),
        mark("The quote is not approved and goes on waiting. Ask for another code."),
    ),
    "quote_codes_stopped": (
        mark("Too many codes were wrong: codes by phone are off for you."),
        mark("The quote goes on waiting; your manager approves it in the program."),
    ),
    "no_codes_left": (
        mark("No codes are left on this laptop."),
        mark("Nothing was changed. The next sync brings new ones."),
    ),
    "no_approver_key": (
        mark("This laptop has no key to approve with."),
        mark("Nothing was changed. Sign in as a manager while the office can be reached."),
    ),
    "bad_challenge": (
        mark("These are not the nine letters and digits of a challenge."),
        mark("Ask for them again. What you typed is kept."),
    ),
    "bad_amount": (
        mark("This is no amount."),
        mark("Mend it. What you typed is kept."),
    ),
}
