"""F2 a proxy delivers one request twice at once, or two devices send one mutation.

Expected: the receipt's key lets one of them do it; the other waits and is answered ``dup`` (I2).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from server.database import Database, run
from tests.faults.conftest import hang_up, new_store
from tests.fixtures.proxy import Line, Proxy
from tests.fixtures.server import ServerProcess
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import PlainLaptop
from tests.server.sync.test_faults import account
from tests.sync.machine import Machine


def test_a_request_delivered_twice_at_once_is_done_once(
    shared_server: ServerProcess, proxy: Proxy, rep: Machine
) -> None:
    hang_up(rep)
    proxy.line = Line(twice=True)
    store = new_store(rep, shared_server)
    assert rep.cycle().applied == 1
    proxy.line = Line()
    with shared_server.opened() as database, database.reading() as connection:
        assert run(connection, "SELECT version FROM account WHERE id = ?", str(store)).all() == [(1,)]
        receipts = run(connection, "SELECT count(*) FROM receipt WHERE row_id = ?", str(store)).scalar()
        assert receipts == 1


def test_a_request_delivered_twice_at_once_has_one_effect(company: Company) -> None:
    laptop = company.laptop().sync()
    batch = [account(company, laptop) for _ in range(20)]
    twin = _copy_of(laptop)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda one: one.push(*batch), [laptop, twin])
    assert sorted([{a["o"] for a in first} == {"dup"}, {a["o"] for a in second} == {"dup"}]) == [False, True]
    assert len(company.laptop().sync().bodies("account")) == 21


def test_one_mutation_from_two_devices_at_once_has_one_effect(company: Company) -> None:
    laptops = [company.laptop() for _ in range(4)]
    batch = [account(company, laptops[0]) for _ in range(20)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: one.push(*batch), laptops))
    assert [sum(acks[n]["o"] == "applied" for acks in answers) for n in range(20)] == [1] * 20
    assert all(ack["o"] in ("applied", "dup") for acks in answers for ack in acks)


def _copy_of(laptop: PlainLaptop) -> PlainLaptop:
    twin = PlainLaptop(Database(laptop.database.url.render_as_string()), laptop.user)
    twin.id, twin.principal, twin.cursor, twin.at = laptop.id, laptop.principal, laptop.cursor, laptop.at
    return twin
