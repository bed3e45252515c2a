"""Who floods the pages for customers waits; who only taps fast, or sits beside a flood, does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from fastapi import Request, Response
from requests.adapters import HTTPAdapter

from fieldcrm.errors import NotFound, RuleBroken, Throttled
from server import gates
from server.api.public_pages import Instead, answered, page
from server.gates import Gate, Gates
from server.throttles import Bucket
from tests.fixtures.server import ServerProcess

INSTEAD = Instead("gone", "waiting")


def asked(guard: Gates, token: str, work: Callable[[], Response], address: str = "10.0.0.1") -> Response:
    scope = {"type": "http", "path_params": {"token": token}, "client": (address, 1), "headers": []}
    return answered(Request(scope), guard, INSTEAD, work)


def shown() -> Response:
    return page("shown", 200)


def nothing() -> Response:
    raise NotFound("order_link", "")


def test_a_fast_thumb_is_never_slowed_down() -> None:
    gate = Gate(gates.LOOKS)
    for press in range(600):  # five a second, each with the look that follows it, for two minutes
        gate.enter("page", press * 200)
        gate.enter("page", press * 200)


def test_a_page_that_is_asked_for_without_end_waits_and_the_others_do_not() -> None:
    gate = Gate(gates.LOOKS)
    for _ in range(gates.LOOKS.holds):
        gate.enter("page", 0)
    with pytest.raises(Throttled) as refused:
        gate.enter("page", 0)
    assert refused.value.data["seconds"] == 1
    gate.enter("another", 0)
    gate.enter("page", 1_000)


def test_many_addresses_fill_no_memory() -> None:
    gate = Gate(Bucket("few", 2, timedelta(seconds=1)), most=50)
    for number in range(200):
        gate.enter(str(number), number)
        if number % 10 == 0:
            gate.enter("mine", number * 1_000)
    assert len(gate._levels) == 50
    gate.enter("mine", 190_000)
    with pytest.raises(Throttled):
        gate.enter("mine", 190_000)


def test_who_guesses_waits_and_sees_pages_that_are_there() -> None:
    guard = Gates()
    answers = [asked(guard, str(n), nothing) for n in range(gates.MISSES.holds + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {404}
    assert (answers[-1].status_code, answers[-1].body) == (429, b"waiting")
    assert asked(guard, "real", shown).status_code == 200, "who shares the address with him"
    assert asked(guard, "x", nothing, "10.0.0.2").status_code == 404


def test_what_stands_in_the_way_is_told_on_a_page() -> None:
    def busy() -> Response:
        raise Throttled("busy", seconds=5)

    def broken() -> Response:
        raise RuleBroken("anything")

    for work, status in ((busy, 503), (broken, 409)):
        answer = asked(Gates(), "x", work)
        assert (answer.status_code, answer.body, answer.media_type) == (
            status, b"waiting", "text/html; charset=utf-8",
        )  # fmt: skip
    assert asked(Gates(), "x", busy).headers["retry-after"] == "5"


def test_one_customer_of_a_network_has_many_long_addresses() -> None:
    assert gates.whose("2001:db8::1") == gates.whose("2001:db8::ffff") != gates.whose("2001:db8:0:1::1")
    assert gates.whose("10.0.0.1") != gates.whose("10.0.0.2")


class _From(HTTPAdapter):
    """Requests that come from an address of their own."""

    def init_poolmanager(self, *args: object, **options: object) -> None:
        super().init_poolmanager(*args, source_address=("127.0.0.9", 0), **options)  # type: ignore[arg-type]


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux has every address of 127.0.0.0/8")
def test_a_flood_of_guesses_is_answered_by_a_page_that_says_so(shared_server: ServerProcess) -> None:
    with requests.Session() as stranger:
        stranger.mount("http://", _From())
        for n in range(2 * gates.MISSES.holds):
            answer = stranger.get(f"{shared_server.url}/{'oq'[n % 2]}/{n}", headers={"accept-language": "en"})
            if answer.status_code == 429:
                break
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert "One moment, please" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
