"""Approvals that were given without a network, as they arrive: grants and codes over the phone (Q3)."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from fieldcrm import faults
from fieldcrm.clock import business_day, to_ms
from fieldcrm.model.selling import ApprovalRung
from fieldcrm.model.users import Role
from fieldcrm.rules import quote_codes, quote_grants, signatures
from fieldcrm.rules.quote_codes import Said
from fieldcrm.sync.protocol import Mutation, Op, SyncRequest, Want
from server import approver_keys, keys, quote_consents, quote_sheets, windows
from server.database import run
from server.exchange import exchange, settle
from server.rule_sets import Change
from tests import builders
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, PlainLaptop, outcome
from tests.server.sync.test_ledger import published
from tests.server.sync.test_orders import line
from tests.server.sync.test_quotes import act, round_of

RUNGS = (("5", None), ("10", "manager"), ("20", "director"))
TODAY = business_day(NOON)


@dataclass
class Office:
    """The company with a ladder, its rep at a laptop, and the manager's key."""

    company: Company
    rep: PlainLaptop
    boss: PlainLaptop

    def round(self, price: str = "44.00") -> tuple[str, dict[str, Any]]:
        """Keep a round with a discount that somebody must agree to, and submit it."""
        net = Decimal(price) * 2
        tax = f"{net - net / Decimal('1.13'):.2f}"
        goods = line(
            self.company, manual_price=price, net_amount=f"{net:.2f}", discount_amount=f"{96 - net:.2f}",
            gross_amount="96.00", tax_amount=tax,
        )  # fmt: skip
        told = {"set": 1, "applied": [], "rebates": []}
        key, doc = round_of(self.company, goods, rule_set=1, trace=told)
        submitted = act(self.rep, self.company, key, doc, "submitted")
        acks = self.rep.push(self.rep.create("quote", doc, key), submitted)
        assert [outcome(ack) for ack in acks] == ["applied"] * 2
        return key, doc

    def grant(self, giver: PlainLaptop | None = None, **fields: Any) -> tuple[str, str]:
        """Let the manager give a grant; return its id and what became of it."""
        usual = {
            "rep_id": str(self.rep.user.id), "granted_by": str(self.company.manager.id), "account_id": None,
            "up_to_percent": "10.0000", "up_to_amount": None, "valid_until": "2026-03-20", "max_count": 1,
            "max_sum": None, "granted_at": to_ms(NOON),
        }  # fmt: skip
        giver = giver or self.boss
        made = giver.create("quote_grant", usual | fields)
        return made.agg[1], outcome(giver.push_one(made))

    def said(self, key: str, doc: dict[str, Any], place: int = 0) -> Said:
        self.rep.sync()
        body = self.rep.body("quote", key)
        assert body is not None
        return Said(
            self.rep.user.id, place, quote_codes.digest(doc["content"]), self.company.account.id,
            Decimal(doc["total_amount"]), Decimal(body["discount_percent"]), TODAY,
        )  # fmt: skip

    def by_code(self, key: str, doc: dict[str, Any], code: str, place: int = 0, **more: Any) -> Mutation:
        said = {
            "approver_id": str(self.company.manager.id), "code": code, "code_place": place,
            "code_on": TODAY.isoformat(),
        }  # fmt: skip
        return act(self.rep, self.company, key, doc, "approved", **(said | more))

    def by_grant(self, key: str, doc: dict[str, Any], grant: str, **more: Any) -> Mutation:
        said = {"approver_id": str(self.company.manager.id), "grant_id": grant}
        return act(self.rep, self.company, key, doc, "approved", **(said | more))

    def push(self, mutation: Mutation) -> str:
        return outcome(self.rep.push_one(mutation))

    @property
    def key(self) -> bytes:
        with self.company.database.reading() as connection:
            boss = self.company.manager.id
            return approver_keys.secret(connection, boss, approver_keys.number(connection, boss))


@pytest.fixture
def office(company: Company) -> Office:
    published(
        company,
        *(Change(ApprovalRung, up, {"up_to_percent": Decimal(up), "approver": by}) for up, by in RUNGS),
    )
    made = Office(company, company.laptop(), company.laptop(company.manager))
    for laptop in (made.rep, made.boss):
        with company.database.writing() as connection:
            run(
                connection, "INSERT INTO device (id, user_id) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
                str(laptop.id), str(laptop.user.id),
            )  # fmt: skip
    assert quote_sheets.hand_out(company.database, NOON) == 1  # the boss has nobody above him
    return made


def test_a_grant_is_signed_and_approves_once_what_it_covers(office: Office) -> None:
    grant, became = office.grant()
    assert became == "applied"
    body = office.rep.sync().body("quote_grant", grant)
    assert body is not None
    row = {**body, "id": grant, "up_to_percent": 100_000}
    with office.company.database.reading() as connection:
        public = keys.public(connection)
    statement = quote_grants.statement(quote_consents._grant(row))
    assert signatures.holds(statement, body["signature"], public)
    first, second = office.round(), office.round()
    assert office.push(office.by_grant(*first, grant)) == "applied"
    assert office.push(office.by_grant(*second, grant)) == "rejected:grant_spent"
    sent = act(office.rep, office.company, *first, "sent")
    assert office.push(sent) == "applied"
    assert office.push(act(office.rep, office.company, *second, "sent")) == "rejected:quote_step"


def test_two_uses_in_one_push_are_counted_one_after_the_other(office: Office) -> None:
    grant, _ = office.grant()
    first, second = office.round(), office.round()
    both = office.rep.push(office.by_grant(*first, grant), office.by_grant(*second, grant))
    assert [outcome(ack) for ack in both] == ["applied", "rejected:grant_spent"]


def spend(office: Office, seed: int) -> int:
    """Let three laptops of the rep use one grant, losing answers and sending again; return its uses."""
    chance = random.Random(seed)
    grant, _ = office.grant(max_count=2)
    laptops = [office.rep, office.company.laptop(), office.company.laptop()]
    for _ in range(5):
        office.rep = chance.choice(laptops)
        use = office.by_grant(*office.round(), grant)
        if chance.random() < 0.5:
            asked = SyncRequest(
                dev=str(office.rep.id), schema=1, n_next=use.n + 1, push=[use], cursor=office.rep.cursor,
                want=Want(),
            )  # fmt: skip
            exchange(office.company.database, office.rep.principal, asked, at=office.rep.at)
        office.push(use)
    with office.company.database.reading() as connection:
        approved = "SELECT count(*) FROM quote_act WHERE grant_id = ? AND act = 'approved'"
        return int(run(connection, approved, grant).scalar_one())


@pytest.mark.parametrize("seed", [1, 2])
def test_laptops_that_lose_answers_and_send_again_use_a_grant_no_more_than_it_says(
    office: Office, seed: int
) -> None:
    assert spend(office, seed) == 2


def test_a_grant_spent_twice_would_be_noticed(office: Office) -> None:
    with faults.plant("grant_spent_twice"):
        assert spend(office, 1) == 5


def test_a_grant_approves_nothing_beyond_it_and_nothing_once_it_has_ended(office: Office) -> None:
    small, _ = office.grant(up_to_percent="8.0000")
    other, _ = office.grant(account_id=str(office.company.other_account.id))
    ended, _ = office.grant()
    office.boss.push(office.boss.mutation("quote_grant", ended, Op.DELETE, base=1))
    mine = office.round()
    assert office.push(office.by_grant(*mine, small)) == "rejected:grant_too_small"
    assert office.push(office.by_grant(*mine, other)) == "rejected:grant_too_small"
    assert office.push(office.by_grant(*mine, ended)) == "rejected:grant_over"
    assert office.push(office.by_grant(*mine, mine[0])) == "rejected:grant_of_another"
    fine, _ = office.grant(up_to_percent="20.0000")
    above = office.round("40.00")
    assert office.push(office.by_grant(*above, fine)) == "applied"  # the manager at the top is the director


def test_nobody_grants_himself_and_a_rep_grants_nothing(office: Office) -> None:
    boss = str(office.company.manager.id)
    assert office.grant(rep_id=boss)[1] == "rejected:quote_own"
    assert office.grant(office.rep)[1] == "rejected:not_allowed"
    assert office.grant(granted_by=str(office.rep.user.id))[1] == "rejected:not_the_author"
    assert office.grant(max_count=None)[1] == "rejected:grant_without_end"
    key, doc = office.round()
    own = office.by_grant(key, doc, key, approver_id=str(office.rep.user.id))
    assert office.push(own) == "rejected:quote_own"


def test_a_manager_elsewhere_cannot_agree(office: Office) -> None:
    company = office.company
    other = builders.make_user(company.east, login="boss2", role=Role.MANAGER)
    with company.database.writing() as connection, Session(connection) as session:
        session.add(other)
        session.flush()
        other_id = str(other.id)
    key, doc = office.round()
    told = office.by_code(key, doc, "0000-0000", approver_id=other_id)
    assert office.push(told) == "rejected:quote_not_yours_to_decide"


def test_a_code_over_the_phone_approves_its_round_once(office: Office) -> None:
    office.rep.sync()
    [sheet] = office.rep.bodies("quote_codes")
    [sheet_id] = [UUID(row) for name, row in office.rep.rows if name == "quote_codes"]
    first, second = office.round(), office.round()
    said = office.said(*first)
    code = quote_codes.answer(office.key, said)
    assert quote_codes.fits(code, said, sheet_id, sheet["checks"][0])
    assert office.push(office.by_code(*first, code)) == "applied"
    again = quote_codes.answer(office.key, office.said(*second))
    assert office.push(office.by_code(*second, again)) == "rejected:quote_code_used"
    assert office.push(act(office.rep, office.company, *first, "sent")) == "applied"


def test_a_code_for_anything_else_is_refused_and_the_round_waits(office: Office) -> None:
    mine = office.round()
    said = office.said(*mine)
    for change in (
        {"total": said.total + 1}, {"percent": Decimal(5)}, {"digest": said.digest ^ 1},
        {"on": said.on - timedelta(1)},
    ):  # fmt: skip
        wrong = quote_codes.answer(office.key, replace(said, **change))
        assert office.push(office.by_code(*mine, wrong)) == "rejected:quote_code_wrong"
    assert {row["code"] for row in office.rep.sync().bodies("quarantine")} == {"quote_code_wrong"}
    decided = act(office.boss, office.company, *mine, "approved")
    assert outcome(office.boss.sync().push_one(decided)) == "applied"


def test_a_code_that_was_believed_would_be_noticed(office: Office) -> None:
    mine = office.round()
    with faults.plant("phone_code_believed"):
        assert office.push(office.by_code(*mine, "0000-0000")) == "applied"


def test_five_wrong_codes_stop_the_guessing_also_within_one_push(office: Office) -> None:
    mine = office.round()
    guesses = [office.by_code(*mine, f"0000-000{n}") for n in range(6)]
    codes = [ack["code"] for ack in office.rep.push(*guesses)]
    assert codes == ["quote_code_wrong"] * 5 + ["quote_codes_stopped"]
    right = quote_codes.answer(office.key, office.said(*mine))
    assert office.push(office.by_code(*mine, right)) == "rejected:quote_codes_stopped"


def test_a_code_ends_with_its_day_its_sheet_and_the_key_it_was_made_with(office: Office) -> None:
    mine = office.round()
    code = quote_codes.answer(office.key, office.said(*mine))
    late = office.by_code(*mine, code, at=to_ms(NOON + timedelta(2)))
    assert office.push(late) == "rejected:quote_code_over"
    beyond = office.by_code(*mine, code, place=40)
    assert office.push(beyond) == "rejected:quote_code_over"
    with office.company.database.writing() as connection:
        run(connection, "UPDATE quote_codes SET expires_at = ?", to_ms(NOON) - 1)
    assert office.push(office.by_code(*mine, code, at=to_ms(NOON))) == "rejected:quote_code_over"
    with office.company.database.writing() as connection:
        run(connection, "UPDATE quote_codes SET expires_at = ?", to_ms(NOON + timedelta(30)))
        approver_keys.renew(connection, office.company.manager.id)
    assert office.push(office.by_code(*mine, code, at=to_ms(NOON))) == "rejected:quote_code_over"
    assert quote_sheets.hand_out(office.company.database, NOON) == 1  # a sheet of the new key


def test_a_sheet_leaves_the_laptop_when_it_is_used_up_its_key_ended_or_its_grace_is_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = office.company.database

    def held() -> list[int]:
        settle(database, to_ms(NOON))
        return sorted(each["first_place"] for each in office.rep.sync().bodies("quote_codes"))

    monkeypatch.setattr(quote_sheets, "CODES", 1)
    assert quote_sheets.hand_out(database, NOON) == 0, "ten are there"
    with database.writing() as connection:
        run(connection, "UPDATE quote_codes SET checks = '[\"AAAA\"]'")  # a sheet of one
    mine = office.round()
    assert office.push(office.by_code(*mine, quote_codes.answer(office.key, office.said(*mine)))) == "applied"
    assert quote_sheets.hand_out(database, NOON) == 1
    assert held() == [1], "the first was used up"
    with database.writing() as connection:
        approver_keys.renew(connection, office.company.manager.id)
    assert quote_sheets.hand_out(database, NOON) == 1
    assert held() == [2], "codes of the old key are refused"
    windows.put_out(database, NOON + quote_sheets.VALID + quote_codes.GRACE)
    assert held() == [2], "work of its last day may still arrive"
    windows.put_out(database, NOON + quote_sheets.VALID + quote_codes.GRACE + timedelta(2))
    assert held() == []


def test_sheets_are_for_who_has_somebody_above_and_come_anew_when_few_are_left(office: Office) -> None:
    database = office.company.database
    assert quote_sheets.hand_out(database, NOON) == 0
    [sheet] = office.rep.sync().bodies("quote_codes")
    assert (sheet["first_place"], len(sheet["checks"])) == (0, 10)
    assert sheet["approver_id"] == str(office.company.manager.id)
    assert quote_sheets.hand_out(database, NOON + timedelta(24)) == 1
    places = [each["first_place"] for each in office.rep.sync().bodies("quote_codes")]
    assert sorted(places) == [0, 10]
    assert outcome(office.rep.push_one(office.rep.create("quote_codes", {}))) == "rejected:read_only"
