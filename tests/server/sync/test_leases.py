"""A lease across lost and late answers: the laptop that never heard is known, and what it did is counted."""

from __future__ import annotations

import pytest

from fieldcrm.errors import SyncError
from fieldcrm.sync.protocol import Mutation
from server import epochs, leases
from server.database import run
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import PlainLaptop


def opened(company: Company, laptop: PlainLaptop) -> Mutation:
    """Return new work: one more store."""
    doc = {"name": "new", "territory_id": str(company.west.id)}
    return laptop.create("account", doc)


def pushed(laptop: PlainLaptop, lease: str | None, *work: Mutation) -> str:
    """Push with a lease, and return the one that is told."""
    told = laptop.exchange(*work, lease=lease).header["lease_next"]
    assert isinstance(told, str)
    return told


def number(company: Company, laptop: PlainLaptop, lease: str) -> int:
    with company.database.reading() as connection:
        known = leases.read(lease, laptop.id, epochs.secret(connection))
    assert known is not None
    return known.number


@pytest.fixture
def laptop(company: Company) -> PlainLaptop:
    return company.laptop()


@pytest.fixture
def first(laptop: PlainLaptop) -> str:
    """The laptop's lease before anything of this test is pushed."""
    told = laptop.exchange().header["lease_next"]
    assert isinstance(told, str)
    return told


def test_a_repetition_gets_the_same_lease_again(company: Company, laptop: PlainLaptop, first: str) -> None:
    work = opened(company, laptop)
    lost = pushed(laptop, first, work)
    assert pushed(laptop, first, work) == lost


def test_new_work_beside_repeated_work_is_counted(company: Company, laptop: PlainLaptop, first: str) -> None:
    known, new = opened(company, laptop), opened(company, laptop)
    lost = pushed(laptop, first, known)
    heard = pushed(laptop, first, known, new)
    assert number(company, laptop, heard) == number(company, laptop, lost) + 1
    assert pushed(laptop, first, known, new) == heard, "nothing of it is new any more"


def test_an_answer_that_comes_late_leaves_the_laptop_itself(
    company: Company, laptop: PlainLaptop, first: str
) -> None:
    known, new, later = (opened(company, laptop) for _ in range(3))
    late = pushed(laptop, first, known)
    heard = pushed(laptop, first, known, new)
    assert laptop.exchange(lease=late).header["lease_next"] == heard
    after = pushed(laptop, late, new, later)
    assert number(company, laptop, after) > number(company, laptop, heard)


def test_a_server_that_was_set_back_behind_counted_work_is_found_out(
    company: Company, laptop: PlainLaptop, first: str
) -> None:
    known, new = opened(company, laptop), opened(company, laptop)
    lost = pushed(laptop, first, known)
    heard = pushed(laptop, first, known, new)
    with company.database.writing() as connection:
        back = "UPDATE device SET lease_number = ? WHERE id = ?"
        run(connection, back, number(company, laptop, lost), str(laptop.id))
    with pytest.raises(SyncError, match="epoch_changed"):
        laptop.exchange(lease=heard, cursor="")


def test_a_copy_that_pushes_what_the_laptop_never_did_is_told_apart(
    company: Company, laptop: PlainLaptop, first: str
) -> None:
    known, new, other = (opened(company, laptop) for _ in range(3))
    pushed(laptop, first, known)
    pushed(laptop, first, known, new)
    with pytest.raises(SyncError, match="device_forked"):
        laptop.exchange(other, lease=first)
