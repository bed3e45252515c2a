"""The pages of the shell, one line each; a page's module is imported when it is first opened.

Pages with an icon stand in the sidebar in this order (Ctrl+1…7); the others are reached from
a page and light up the section named ``under``. What ``show_place`` takes is said at the line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fieldcrm.ui.i18n import mark

if TYPE_CHECKING:
    from fieldcrm.ui.context import Context
    from fieldcrm.ui.page import Page

REP, MANAGER = "rep", "manager"
FIELD = frozenset({REP})
LEADS = frozenset({MANAGER, "admin"})
PRICING = frozenset({"finance", "admin", MANAGER})
OFFICE = frozenset({"finance", "admin"})
EVERYONE = frozenset({REP, MANAGER, "finance", "csm", "admin"})


@dataclass(frozen=True, slots=True)
class Section:
    """One page: how it is called, shown, made, and who has it.

    ``count`` reads a number for the pill in the sidebar from (session, context), and again
    when one of ``counts`` changes; ``tone`` colours it.
    """

    key: str
    title: str
    factory: Callable[[Context], Page]
    icon: str = ""
    roles: frozenset[str] = EVERYONE
    under: str = ""
    count: Callable[[Any, Context], int] | None = None
    counts: frozenset[str] = frozenset()
    tone: str = "neutral"


def page(module: str, name: str) -> Callable[[Context], Page]:
    """Return a factory that imports ``fieldcrm.ui.<module>`` when it is first called."""

    def make(context: Context) -> Page:
        made: Page = getattr(import_module(f"fieldcrm.ui.{module}"), name)(context)
        return made

    return make


def _undecided(session: Any, context: Context) -> int:
    from fieldcrm.services import reviews, team

    reps = [rep.id for rep in team.reps_of(session, context.me.id)]
    return reviews.undecided(session, reps, since=context.now() - timedelta(days=31))


def _stops_left(session: Any, context: Context) -> int:
    from fieldcrm.services import today

    return today.day(session, context.me.id, context.now()).left


def _troubled(session: Any, context: Context) -> int:
    from fieldcrm.services import order_list, quote_list

    waiting = quote_list.waiting_for(session, context.me.id, context.today())
    return order_list.counts(session)[order_list.Shown.NEEDS_ATTENTION] + waiting


def _needing(session: Any, context: Context) -> int:
    from fieldcrm.ui.sync import reading

    return reading.needing_me(session, context.me.id)


_REVIEWS = page("reviews.page", "ReviewsPage")  # visit_id: UUID

SECTIONS: tuple[Section, ...] = (
    Section(
        "today",
        mark("Today"),
        page("today.page", "TodayPage"),
        "calendar-today",
        FIELD,
        count=_stops_left,
        counts=frozenset({"visit_plan", "visit", "check_out"}),
    ),
    Section("visit", mark("Visit"), page("visit.page", "VisitPage"), under="today"),  # visit_id: UUID
    Section(  # account_id: UUID, plan_id: UUID or nothing
        "check_in", mark("Check in"), page("visit.arrival", "CheckInPage"), under="today"
    ),
    Section(
        "departure",
        mark("Ready for tomorrow?"),
        page("departure.page", "DeparturePage"),
        roles=FIELD,
        under="today",
    ),
    Section("team", mark("Team today"), page("team.page", "TeamPage"), "account-group-outline", LEADS),
    Section(
        "reviews",
        mark("Inbox"),
        _REVIEWS,
        "inbox-outline",
        LEADS,
        count=_undecided,
        counts=frozenset({"visit", "check_out", "visit_review"}),
    ),
    Section(  # on: date, rep_id: UUID
        "plan", mark("Plan"), page("plan.page", "PlanPage"), "calendar-week", FIELD | LEADS
    ),
    Section(
        "visit_board",
        mark("Visit board"),
        page("cadence.board_page", "BoardPage"),
        roles=FIELD | LEADS,
        under="plan",
    ),
    Section(
        "joint",
        mark("Accompanied visits"),
        page("joint.page", "JointPage"),
        roles=FIELD | LEADS,
        under="plan",
    ),
    Section(
        "visit_rules",
        mark("Visit rules"),
        page("cadence.rules_page", "RulesPage"),
        roles=LEADS,
        under="plan",
    ),
    Section(  # chip: str, account_id: UUID
        "accounts", mark("Accounts"), page("accounts.list_page", "AccountsPage"), "storefront-outline"
    ),
    Section(  # query: Query, on: date
        "map", mark("Map"), page("map.page", "MapPage"), under="accounts"
    ),
    Section(  # account_id: UUID, tab: str
        "account", mark("Account"), page("accounts.account_page", "AccountDetailPage"), under="accounts"
    ),
    Section(  # account_id: UUID or nothing
        "positions",
        mark("Positions to check"),
        page("accounts.positions_page", "PositionsPage"),
        under="accounts",
    ),
    Section(  # account_id: UUID or nothing for a new one, field: str
        "account_edit", mark("Edit account"), page("accounts.editor", "AccountEditorPage"), under="accounts"
    ),
    Section(  # query: Query, or account_id: UUID
        "calls", mark("Phone calls"), page("calls.page", "CallsPage"), under="accounts"
    ),
    Section(
        "account_import",
        mark("Import accounts"),
        page("accounts.import_page", "ImportPage"),
        under="accounts",
    ),
    Section(  # order_id: UUID, shown: order_list.Shown
        "orders",
        mark("Orders"),
        page("orders.page", "OrdersPage"),
        "clipboard-list-outline",
        count=_troubled,
        counts=frozenset({"order", "quote", "quote_act"}),
        tone="bad",
    ),
    # order_id: UUID with amend: bool, again: UUID (a refused act); or account_id: UUID with visit_id: UUID
    Section("order", mark("Order"), page("orders.order_page", "OrderPage"), under="orders"),
    Section("quotes", mark("Quotes"), page("quotes.page", "QuotesPage"), under="orders"),  # quote_id: UUID
    Section(
        "quote_grants", mark("Grants for quotes"), page("quotes.grants_page", "GrantsPage"), under="orders"
    ),
    Section(
        "quote_phone",
        mark("Approve by phone"),
        page("quotes.answering", "AnswerPage"),
        roles=LEADS,
        under="orders",
    ),
    Section(  # account_id: UUID, or quote_id: UUID for the round after it
        "quote_edit", mark("Quote"), page("quotes.editor", "QuoteEditPage"), under="orders"
    ),
    Section(
        "office_returns",
        mark("Take goods back"),
        page("returns.page", "ReturnsPage"),
        "package-down",
        OFFICE | {"csm"},
    ),
    Section("money", mark("Customers' money"), page("money.page", "MoneyPage"), "cash-multiple", OFFICE),
    Section(  # noun: str
        "prices", mark("Prices"), page("prices.page", "PricesPage"), "tag-multiple-outline", OFFICE
    ),
    Section(  # noun: str, rule: str or nothing for a new one
        "price_rule", mark("Rule"), page("prices.rule_page", "RulePage"), roles=OFFICE, under="prices"
    ),
    Section(  # rule: str, the article's id, or nothing for a new one
        "price_bill", mark("Bill"), page("prices.bill_page", "BillPage"), roles=OFFICE, under="prices"
    ),
    Section(
        "price_versions",
        mark("Versions side by side"),
        page("prices.compare_page", "ComparePage"),
        roles=OFFICE,
        under="prices",
    ),
    Section(  # book: str, entry: str or nothing
        "price_book", mark("Price book"), page("prices.book_page", "BookPage"), roles=OFFICE, under="prices"
    ),
    Section(
        "limits", mark("Parts on laptops"), page("limits.page", "LimitsPage"), roles=OFFICE, under="prices"
    ),
    Section(  # view: str, account_id: UUID
        "sandbox", mark("Try rules"), page("sandbox.page", "SandboxPage"), "flask-outline", PRICING
    ),
    Section("shared", mark("Shared with me"), page("reviews.shared_page", "SharedPage"), under="reports"),
    Section("reports", mark("My reports"), _REVIEWS, "clipboard-check-outline", FIELD),
    Section(  # conflict_id, mutation_id or row_id: UUID; history: bool
        "sync",
        mark("Sync"),
        page("sync.page", "SyncPage"),
        "cloud-sync-outline",
        count=_needing,
        tone="bad",
        counts=frozenset({"conflict", "quarantine", "order", "outbox"}),
    ),
    Section(
        "sops", mark("Visit templates"), page("sop.page", "TemplatesPage"), "clipboard-text-outline", LEADS
    ),
    Section(  # draft: str
        "sop", mark("Visit template"), page("sop.builder", "BuilderPage"), roles=LEADS, under="sops"
    ),
    Section("devices", mark("Laptops"), page("devices.page", "DevicesPage"), "laptop", LEADS),
    Section("settings", mark("Settings"), page("settings.page", "SettingsPage")),
    Section("manual", mark("Manual"), page("settings.manual", "ManualPage")),  # topic: str
)


def visible(role: str) -> list[Section]:
    """Return the sections of the sidebar for ``role``."""
    return [section for section in SECTIONS if section.icon and role in section.roles]


def find(key: str) -> Section:
    """Return a section by its key; an unknown key is a ``KeyError``."""
    return {section.key: section for section in SECTIONS}[key]
