"""Shared scopes as files: whole pages by Range, made anew when need be, only for those who hold them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from fieldcrm.ids import new_id
from fieldcrm.model.products import Product
from fieldcrm.sync import fetching, page
from server.database import run
from tests.builders import make_product
from tests.fixtures.server import PASSWORD, Person, ServerProcess
from tests.sync.machine import signed_in

FILE = "/sync/v1/shared/global?schema=2"


def offer(server: ServerProcess, count: int) -> None:
    with server.opened() as database, database.writing() as connection:
        rows = [make_product(code=f"P{n}-{new_id()}") for n in range(count)]
        keys = [column.key for column in Product.__table__.columns]
        values: list[dict[str, Any]] = [
            {key: value for key in keys if (value := getattr(row, key)) is not None} for row in rows
        ]
        connection.execute(insert(Product), values)


@pytest.fixture
def rep(server_process: ServerProcess) -> Person:
    """A representative of a company with enough articles for several pages."""
    offer(server_process, 2_500)
    return server_process.person("rep1")


def test_a_file_is_a_row_of_whole_pages_and_comes_in_any_pieces(rep: Person) -> None:
    whole = rep.get(FILE)
    assert whole.status_code == 200
    etag = whole.headers["etag"]
    pages = [page.read(plain) for plain, _ in fetching.frames(whole.content)]
    products = [row.id for found in pages for row in found.rows if row.entity == "product"]
    assert len(pages) >= 2
    assert len(set(products)) == 2_500
    assert [found.trailer.more for found in pages] == [True] * (len(pages) - 1) + [False]
    middle = rep.get(FILE, headers={"range": "bytes=1000-1999", "if-match": etag})
    assert (middle.status_code, middle.content) == (206, whole.content[1000:2000])
    assert rep.get(FILE, headers={"if-none-match": etag}).status_code == 304


def test_a_file_stays_until_a_twentieth_of_it_has_changed(rep: Person, server_process: ServerProcess) -> None:
    first = rep.get(FILE).headers["etag"]
    offer(server_process, 20)
    assert rep.get(FILE).headers["etag"] == first
    offer(server_process, 200)
    assert rep.get(FILE).headers["etag"] != first
    assert rep.get(FILE, headers={"if-match": first}).status_code == 412


def test_nobody_gets_a_file_of_a_scope_he_does_not_hold(rep: Person) -> None:
    territory = rep.user["territory_id"]
    for scope in (f"pricebook:{new_id()}", f"rep:{new_id()}", f"terr:{territory}"):
        assert rep.get(f"/sync/v1/shared/{scope}?schema=2").status_code == 403


def test_what_changed_since_the_file_was_made_comes_by_the_feed(
    rep: Person, server_process: ServerProcess, tmp_path: Path
) -> None:
    rep.get(FILE)
    with server_process.opened() as database, database.writing() as connection:
        doomed = run(connection, "SELECT min(id) FROM product").scalar()
        run(connection, "DELETE FROM product WHERE id = ?", doomed)
        run(connection, "UPDATE product SET name = 'new', version = version + 1"
                        " WHERE id = (SELECT max(id) FROM product)")  # fmt: skip
    laptop = signed_in(tmp_path / "rep1", server_process.url, "rep1", PASSWORD)
    assert laptop.cycle().up_to_date
    assert laptop.rows("SELECT count(*) FROM product") == [(2_499,)]
    assert laptop.rows("SELECT count(*) FROM product WHERE id = ?", doomed) == [(0,)]
    assert laptop.rows("SELECT count(*) FROM product WHERE name = 'new'") == [(1,)]
    laptop.close()


def test_a_file_that_was_replaced_half_way_begins_again_and_loses_no_deletion(
    rep: Person, server_process: ServerProcess, tmp_path: Path
) -> None:
    laptop = signed_in(tmp_path / "rep1", server_process.url, "rep1", PASSWORD)
    assert not laptop.engine.cycle(lambda: bool(laptop.rows("SELECT 1 FROM product LIMIT 1"))).up_to_date
    [(early,)] = laptop.rows("SELECT min(id) FROM product")
    with server_process.opened() as database, database.writing() as connection:
        run(connection, "DELETE FROM product WHERE id = ?", early)
    offer(server_process, 200)
    assert laptop.cycle().up_to_date
    assert laptop.rows("SELECT count(*) FROM product") == [(2_699,)]
    assert laptop.rows("SELECT count(*) FROM product WHERE id = ?", early) == [(0,)]
    laptop.close()
