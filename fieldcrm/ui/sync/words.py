"""How the sync centre calls things: what a person did, how far it has come, what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from fieldcrm import clock
from fieldcrm.sync.status import Refused, Step
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import listed, mark, ntr, tr
from fieldcrm.ui.paint import Status
from fieldcrm.ui.sync import values
from fieldcrm.ui.sync.parcels import Parcel
from fieldcrm.ui.sync.reading import Choice, Clash

NOUNS = {
    "account": mark("Store record"), "contact": mark("Contact"), "visit": mark("Visit"),
    "check_in": mark("Check-in"), "check_out": mark("Check-out"), "step_answer": mark("Visit answers"),
    "photo": mark("Photo"), "order": mark("Order"), "visit_plan": mark("Planned visit"),
    "todo": mark("To-do"), "visit_review": mark("Review of a visit"), "conflict": mark("Choice of a value"),
    "call_list": mark("Call list"), "phone_call": mark("Phone call"),
    "cadence_rule": mark("Visit rhythm rule"), "office_day": mark("Closed or worked day"),
    "planning_default": mark("Planning terms"), "account_strategy": mark("Strategy card"),
    "visit_amendment": mark("Amended report"), "store_code": mark("Store code"),
    "position_refusal": mark("Refused position"), "visit_share": mark("Shared report"),
    "joint_visit": mark("Accompanied visit"), "plan_week": mark("Week plan"),
    "quote": mark("Quote"), "quote_act": mark("Step of a quote"),
    "quote_grant": mark("Grant for quotes"), "quote_codes": mark("Phone codes"),
    "order_version": mark("Earlier edition of an order"), "delivery": mark("Delivery"),
    "order_return": mark("Return of goods"),
}  # fmt: skip

STEP_STATUS = {
    Step.SAVED: Status.SAVED, Step.QUEUED: Status.QUEUED, Step.SENT: Status.QUEUED,
    Step.STORED: Status.SENT, Step.SEEN: Status.DONE, Step.REFUSED: Status.OVERDUE,
}  # fmt: skip


def title(parcel: Parcel) -> str:
    """Return what was done, and where: Order, Good Neighbour."""
    what, where = _what(parcel), parcel.account or parcel.label
    return tr("{what}, {where}", what=what, where=where) if where else what


def _what(parcel: Parcel) -> str:
    match parcel.entity:
        case "account":
            return tr("New store") if parcel.does == "create" else tr(NOUNS["account"])
        case "order":
            return _order(parcel)
        case "visit_plan":
            return _plan(parcel)
        case "todo":
            return tr("To-do done") if parcel.facts.get("done_at") else tr(NOUNS["todo"])
    return tr(NOUNS.get(parcel.entity, mark("Record")))


def _order(parcel: Parcel) -> str:
    status = str(parcel.facts.get("status", ""))
    if status == "draft":
        return tr("Order draft")
    return tr("Order cancelled") if status == "cancelled" else tr(NOUNS["order"])


def _plan(parcel: Parcel) -> str:
    status = str(parcel.facts.get("status", ""))
    found = {"moved": mark("Visit moved"), "skipped": mark("Visit skipped")}.get(status)
    return tr(found) if found else tr(NOUNS["visit_plan"])


def under(parcel: Parcel, now: datetime) -> str:
    """Return the line under the title: when, and what it carries."""
    at = parcel.stored_at or parcel.saved_at
    parts = [formats.moment(at, now)] if at else []
    if parcel.amount is not None and parcel.entity == "order":
        parts.append(formats.money(parcel.amount))
    if parcel.entity == "visit_plan" and isinstance(parcel.facts.get("on"), date):
        parts.append(formats.day(parcel.facts["on"], clock.business_day(now)))
    if parcel.entity in ("account", "contact") and parcel.does == "patch":
        parts += [values.label(parcel.entity, field) for field in _shown(parcel)[:2]]
    if parcel.entity in ("contact", "todo") and parcel.account:
        parts.append(str(parcel.facts.get("name") or parcel.facts.get("title") or parcel.label))
    if parcel.pictures.count:
        parts.append(photos(parcel.pictures.count, parcel.pictures.size))
    return " · ".join(part for part in parts if part)


def _shown(parcel: Parcel) -> list[str]:
    return [field for field in parcel.fields if values.is_known(parcel.entity, field)]


def changed_fields(parcel: Parcel) -> str:
    """Return the names of everything an edit touched."""
    return tr(", ").join(values.label(parcel.entity, field) for field in _shown(parcel))


def photos(count: int, size: int) -> str:
    """Return how many photos and how large: 14 photos, 38 MB."""
    return ntr("{n} photo, {size}", "{n} photos, {size}", count, size=formats.size(size))


def sign(parcel: Parcel) -> Status:
    """Return the sign before a waiting or sent row."""
    if parcel.step is Step.SENT and parcel.pictures.count:
        return Status.QUEUED
    return STEP_STATUS[parcel.step]


def clash_under(clash: Clash) -> str:
    """Return the line under a record that two people changed."""
    count = ntr("{n} field differs", "{n} fields differ", len(clash.choices))
    return f"{tr(NOUNS.get(clash.entity, mark('Record')))} · {count}"


def clash_title(clash: Clash) -> str:
    """Return the record's name."""
    if clash.account and clash.title and clash.account != clash.title:
        return f"{clash.title} · {clash.account}"
    return clash.title or clash.account or tr("A record that is no longer here")


def clash_story(clash: Clash, now: datetime) -> str:
    """Return one sentence of who changed what when."""
    times = [at for choice in clash.choices for at in (choice.my_time, choice.their_time) if at is not None]
    what, when = _this(clash.entity), formats.moment(min(times), now) if times else ""
    if clash.they:
        return tr("You and {name} both changed {what} since {when}. Both versions are kept until you choose.",
                  name=clash.they, what=what, when=when)  # fmt: skip
    return tr("You and the office both changed {what} since {when}. Both versions are kept until you choose.",
              what=what, when=when)  # fmt: skip


def _this(entity: str) -> str:
    found = {
        "account": mark("this store"), "contact": mark("this contact"), "order": mark("this order"),
        "visit_plan": mark("this planned visit"), "todo": mark("this to-do"),
    }.get(entity, mark("this record"))  # fmt: skip
    return tr(found)


def noun(entity: str, where: str) -> str:
    """Return what kind of record it is, and where."""
    what = tr(NOUNS.get(entity, mark("Record")))
    return tr("{what}, {where}", what=what, where=where) if where else what


def refused_title(refused: Refused, store: str) -> str:
    """Return what was refused, and where."""
    where = store or refused.label
    if refused.entity == "account" and refused.op == "create":
        return tr("{what}, {where}", what=tr("New store"), where=where)
    return noun(refused.entity, where)


def decision(choice: Choice) -> str:
    """Return what was decided of a settled conflict."""
    if choice.mine_holds:
        return tr("Yours was kept")
    return tr("{name}'s was kept", name=choice.they) if choice.they else tr("The office's was kept")


def other_word(choice: Choice) -> str:
    """Return the words of the button that takes the other value."""
    return tr("Use the office's instead") if choice.mine_holds else tr("Use mine instead")


def others_decision(choice: Choice, now: datetime) -> str:
    """Return whose value stands between two other people, and since when."""
    first = choice.first
    who = first.won_by if choice.mine_holds else first.lost_by
    when = formats.moment(first.won_at or first.lost_at, now)
    return tr("{name}'s stands since {when}", name=who or tr("The office"), when=when)


def restore_word(choice: Choice) -> str:
    """Return the words of the button that brings the other person's value back."""
    who = choice.first.lost_by if choice.mine_holds else choice.first.won_by
    return tr("Restore {name}'s value", name=who or tr("The office"))


def day_title(on: date, today: date) -> str:
    """Return the heading of one day of sent work."""
    days = (today - on).days
    if days == 0:
        return tr("SENT TODAY")
    return tr("SENT YESTERDAY") if days == 1 else tr("SENT {day}", day=formats.plain_day(on, today).upper())


def names(titles: Sequence[str]) -> str:
    """Return names one after the other, at most three."""
    shown = listed(titles[:3])
    return shown if len(titles) <= 3 else tr("{names} and {n} more", names=shown, n=len(titles) - 3)


_BROKE_OFF = {
    "Offline": mark("no connection"), "unreachable": mark("no connection"),
    "cut_off": mark("the connection broke"), "captive_portal": mark("another page answered"),
    "redirected": mark("another page answered"), "Throttled": mark("the office was busy"),
    "SignInRequired": mark("signed out"), "signed_out": mark("signed out"),
    "device_revoked": mark("this laptop was signed out"), "token_expired": mark("signed out"),
    "ClientTooOld": mark("this version is too old"), "client_too_old": mark("this version is too old"),
    "epoch_changed": mark("the office was restored from a copy"),
    "cursor_expired": mark("this laptop was away too long"),
    "device_forked": mark("this laptop was copied"), "stopped": mark("cancelled"),
    "server_restored": mark("waiting to send again after the office was restored"),
}  # fmt: skip


def broke_off(code: str) -> str:
    """Return why a sync ended early, in a few words."""
    return tr(_BROKE_OFF.get(code, mark("the answer made no sense")))


def restored(again: int, days: int) -> str:
    """Return what a laptop did after the office was restored from a copy."""
    if not again:
        return tr("The office was restored from a copy; it holds everything you sent")
    works = ntr("{n} work", "{n} works", again)
    return ntr(
        "The office was restored from a copy; your {works} of the last day are being sent again",
        "The office was restored from a copy; your {works} of the last {n} days are being sent again",
        days, works=works,
    )  # fmt: skip


def forked() -> str:
    """Return what a copied laptop became."""
    return tr("This laptop was copied: it is now a device of its own")
