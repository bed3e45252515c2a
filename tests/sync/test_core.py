"""Taking an answer in: whole, once, newer only, without touching what the user typed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
import pytest
import xxhash

from fieldcrm import clock
from fieldcrm.errors import Malformed
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.storage.database import Database
from fieldcrm.storage.local import Upload
from fieldcrm.sync import contents, documents, outbox, status
from fieldcrm.sync.core import ClientCore, Received
from fieldcrm.sync.entities import registry
from fieldcrm.sync.protocol import Ack, Header, Outcome, Row, SyncRequest, Trailer
from tests.builders import make_account

TERRITORY = new_id()
SCOPE = f"terr:{TERRITORY}"
EPOCH = str(new_id())
BOOT = str(new_id())


class Wire:
    """A server's voice: says what a test wants it to say."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.core = ClientCore(database, str(new_id()))
        self.turn = 0

    def asked(self) -> SyncRequest:
        return msgspec.json.decode(self.core.request(1_000, 1, BOOT), type=SyncRequest)

    def body(self, rows: Sequence[Row] = (), acks: Sequence[Ack] = (), **trailer: object) -> bytes:
        self.turn += 1
        lines = [msgspec.json.encode({"h": Header(EPOCH, 2_000, 0, list(acks))})]
        lines += [msgspec.json.encode({"r": row, "s": SCOPE}) for row in rows]
        front = b"".join(line + b"\n" for line in lines)
        last = Trailer(f"c{self.turn}", False, len(rows), xxhash.xxh64_hexdigest(front), **trailer)  # type: ignore[arg-type]
        return front + msgspec.json.encode({"t": last}) + b"\n"

    def say(self, rows: Sequence[Row] = (), acks: Sequence[Ack] = (), **trailer: object) -> Received:
        return self.core.receive(self.body(rows, acks, **trailer), 2_000)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.database.reading() as session:
            return outbox.raw(session).execute(query).fetchall()


@pytest.fixture
def wire(database: Database) -> Wire:
    """A core and somebody to talk to it."""
    return Wire(database)


def account(row_id: UUID, version: int, state: str = "put", **values: object) -> Row:
    template = make_account(TERRITORY, id=row_id)
    body = {f.name: None for f in registry()["account"].fields} | {
        "code": "", "name": template.name, "channel": "other", "grade": "C", "territory_id": str(TERRITORY),
        "phone": "", "province": "", "city": "", "district": "", "address": "", "postcode": "",
        "datum": "wgs84", "opening": [], "service_minutes": 30, "tags": [], "tax_id": "",
        "receivable": "0.00", "status": "active", "note": "", "possible_duplicate": False,
    } | values  # fmt: skip
    return Row("account", str(row_id), version, state, body if state == "put" else None)


def edit(wire: Wire, row_id: UUID, **values: object) -> None:
    with wire.database.writing() as session:
        row = session.get_one(Account, row_id)
        for name, value in values.items():
            setattr(row, name, value)


def test_a_page_brings_rows_and_cursor_together(wire: Wire) -> None:
    shop = new_id()
    received = wire.say([account(shop, 1)], grants_added=[SCOPE])
    assert (received.rows, received.more) == (1, False)
    assert wire.rows("SELECT version FROM account") == [(1,)]
    assert wire.asked().cursor == "c1"


def test_a_request_tells_how_much_stays_here_and_an_idle_one_says_nothing(wire: Wire) -> None:
    wire.say()
    assert b"unsent" not in wire.core.request(1_000, 1, BOOT)
    with wire.database.writing() as session:
        session.add_all(make_account(TERRITORY) for _ in range(3))
        session.add(Upload(photo_id=new_id(), sha256="0" * 64, size=1, at=clock.now()))
    request = msgspec.json.decode(wire.core.request(1_000, 1, BOOT, most=2), type=SyncRequest)
    assert (len(request.push), request.unsent) == (2, 2)


def test_an_older_version_changes_nothing(wire: Wire) -> None:
    shop = new_id()
    wire.say([account(shop, 5, phone="new")])
    wire.say([account(shop, 4, phone="old")])
    assert wire.rows("SELECT version, phone FROM account") == [(5, "new")]


def test_an_old_page_after_a_newer_one_is_dropped(wire: Wire) -> None:
    shop = new_id()
    old = wire.body([account(shop, 1)])
    wire.core.receive(old, 1)
    wire.say([account(shop, 2, "tomb")])
    with pytest.raises(Malformed):
        wire.core.receive(old, 2)
    assert wire.rows("SELECT count(*) FROM account") == [(0,)]


def test_a_pull_leaves_a_field_that_is_being_edited_alone_and_brings_the_others(wire: Wire) -> None:
    shop = new_id()
    wire.say([account(shop, 1)])
    edit(wire, shop, phone="mine")
    wire.say([account(shop, 2, phone="theirs", city="杭州")])
    assert wire.rows("SELECT phone, city, version FROM account") == [("mine", "杭州", 2)]


def test_a_refused_edit_gives_way_to_the_servers_value_and_stays_on_the_list(wire: Wire) -> None:
    shop = new_id()
    wire.say([account(shop, 1, phone="theirs")])
    edit(wire, shop, phone="mine")
    [mutation] = wire.asked().push
    wire.say(acks=[Ack(mutation.id, Outcome.REJECTED, code="out_of_territory")])
    assert wire.rows("SELECT phone FROM account") == [("theirs",)]
    with wire.database.reading() as session:
        [refused] = status.refused(session)
    assert (refused.code, refused.changes) == ("out_of_territory", {"phone": "mine"})


def test_what_was_refused_can_be_sent_again_as_it_was(wire: Wire) -> None:
    shop = new_id()
    wire.say([account(shop, 1)])
    edit(wire, shop, phone="mine")
    [first] = wire.asked().push
    wire.say(acks=[Ack(first.id, Outcome.REJECTED, code="x")])
    with wire.database.writing() as session:
        status.send_again(session, UUID(first.id))
    [again] = wire.asked().push
    assert again.id != first.id
    assert again.set == first.set
    assert wire.rows("SELECT phone FROM account") == [("mine",)]


def test_an_edit_made_while_its_row_is_away_is_not_swallowed(wire: Wire) -> None:
    shop = new_id()
    wire.say([account(shop, 1)])
    edit(wire, shop, phone="first")
    [sent] = wire.asked().push
    edit(wire, shop, phone="second")
    wire.say([account(shop, 2, phone="first")], [Ack(sent.id, Outcome.APPLIED, ver=2)])
    assert wire.rows("SELECT phone FROM account") == [("second",)]
    [left] = wire.asked().push
    assert left.set is not None
    assert (left.set["phone"].old, left.set["phone"].new) == ("first", "second")


def test_an_edit_that_changed_nothing_on_the_server_shows_what_stands_there(wire: Wire) -> None:
    shop = new_id()
    wire.say([account(shop, 3, status="office")])
    edit(wire, shop, status="mine")
    [sent] = wire.asked().push
    wire.say(acks=[Ack(sent.id, Outcome.MERGED, ver=3, conflicts=[str(new_id())])])
    assert wire.rows("SELECT status FROM account") == [("office",)]


def test_a_row_that_left_goes_unless_unsent_work_pins_it(wire: Wire) -> None:
    gone, pinned = new_id(), new_id()
    wire.say([account(gone, 1), account(pinned, 1)])
    edit(wire, pinned, phone="mine")
    wire.say([account(gone, 2, "gone"), account(pinned, 2, "gone")])
    assert wire.rows("SELECT id FROM account") == [(str(pinned),)]
    [sent] = wire.asked().push
    wire.say(acks=[Ack(sent.id, Outcome.REJECTED, code="out_of_territory")])
    assert wire.rows("SELECT count(*) FROM account") == [(0,)]


def test_a_scope_that_was_taken_away_leaves_no_trace(wire: Wire) -> None:
    wire.say([account(new_id(), 1), account(new_id(), 1, territory_id=str(new_id()))], grants_added=[SCOPE])
    received = wire.say(grants_removed=[SCOPE])
    assert received.grants_removed == (SCOPE,)
    for table in ("account", "search_account", "account_fact"):
        assert wire.rows(f"SELECT count(*) FROM {table}") == [(1,)]


def test_fields_of_a_newer_server_are_kept_word_for_word(wire: Wire) -> None:
    shop = new_id()
    wire.say([account(shop, 1, loyalty={"tier": 3})])
    with wire.database.reading() as session:
        found = documents.read(outbox.raw(session), registry()["account"], [str(shop)])
    assert found[str(shop)].body["loyalty"] == {"tier": 3}
    edit(wire, shop, phone="1")
    [sent] = wire.asked().push
    assert set(sent.set or {}) == {"phone"}


def test_a_field_an_older_server_does_not_know_gets_its_usual_value(wire: Wire) -> None:
    row = account(new_id(), 1)
    assert row.body is not None
    del row.body["service_minutes"], row.body["tags"]
    wire.say([row])
    assert wire.rows("SELECT service_minutes, tags FROM account") == [(30, "[]")]


def test_rows_of_an_unknown_entity_are_passed_over(wire: Wire) -> None:
    assert wire.say([Row("hologram", str(new_id()), 1, "put", {})]).rows == 1


@pytest.mark.parametrize("values", [{"name": None}, {"name": ["a"]}, {"receivable": "many"}])
def test_a_row_that_cannot_be_stored_drops_the_whole_page(wire: Wire, values: dict[str, object]) -> None:
    wire.say([account(new_id(), 1)])
    with pytest.raises(Malformed):
        wire.say([account(new_id(), 1), account(new_id(), 1, **values)])
    assert wire.rows("SELECT count(*) FROM account") == [(1,)]
    assert wire.asked().cursor == "c1"


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>sign in</html>", b'{"t":{"cursor":"x"}}', b"\x00" * 50])
def test_what_is_not_our_protocol_changes_nothing(wire: Wire, body: bytes) -> None:
    with pytest.raises(Malformed):
        wire.core.receive(body, 1)
    assert wire.asked().cursor == ""


def test_one_changed_byte_drops_the_page(wire: Wire) -> None:
    body = bytearray(wire.body([account(new_id(), 1)]))
    body[len(body) // 2] ^= 1
    with pytest.raises(Malformed):
        wire.core.receive(bytes(body), 1)


def test_an_answer_of_another_epoch_is_not_taken_in(wire: Wire) -> None:
    wire.say()
    body = wire.body().replace(EPOCH.encode(), str(new_id()).encode())
    head, _, _ = body.rstrip(b"\n").rpartition(b"\n")
    front = head + b"\n"
    last = Trailer("c9", False, 0, xxhash.xxh64_hexdigest(front))
    with pytest.raises(Malformed, match="epoch_changed"):
        wire.core.receive(front + msgspec.json.encode({"t": last}), 1)


def test_an_idle_request_is_small(wire: Wire) -> None:
    wire.say()
    assert len(wire.core.request(1_772_000_000_000, 10**9, BOOT)) <= 400


def sums_agree(database: Database) -> bool:
    """Say whether the sums that sync noted are those of what the file holds."""
    with database.loading() as connection:
        held = {row.id: row.sum for row in contents.all_of(connection, registry()["account"])}
        return len(held) > 0 and contents.kept(connection, "account") == held


def test_the_sum_noted_of_a_row_is_that_of_the_row_as_it_is_read(wire: Wire) -> None:
    first, second = new_id(), new_id()
    known = {
        "possible_duplicate": True, "receivable": "12.3400", "credit_limit": "-0.05", "tags": ["a", "中"],
        "latitude_e7": 301234567, "archived_at": 5, "opening": [[480, 1080]], "overdue_since": "2026-03-02",
    }  # fmt: skip
    wire.say([account(first, 1, **known), account(second, 1, newer={"word": 1.5})])
    assert sums_agree(wire.database)
    wire.say([account(first, 2, **known | {"possible_duplicate": False, "tags": []}), account(second, 3)])
    assert sums_agree(wire.database)
    with wire.database.loading() as connection:
        connection.execute("UPDATE account SET possible_duplicate = 1")
    assert not sums_agree(wire.database)
