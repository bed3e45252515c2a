"""Publishing over REST: who may, what is refused with its field, and that a refused set leaves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.server import Person, ServerProcess
from tests.server.conftest import Filling

URL = "/api/v1/rule-sets"
GIVES: dict[str, Any] = {
    "code": "P", "name": "Ten off", "target": "order", "goods": [], "whom": {}, "priority": 1,
    "exclusive": False, "conditions": {}, "tiers": [], "give": {"percent_off": "10"},
}  # fmt: skip


@pytest.fixture(scope="module")
def admin(shared_server: ServerProcess) -> Person:
    return shared_server.person("admin")


def edition(*rules: dict[str, Any], starts: str = "2031-01-01T00:00:00+08:00", **more: Any) -> dict[str, Any]:
    return {"name": "New year", "valid_from": starts, "rules": list(rules)} | more


def promotion(**fields: Any) -> dict[str, Any]:
    return {"entity": "promotion", "code": "P", "fields": GIVES | fields}


def rules_now(person: Person) -> int:
    sets = person.get(URL).json()["items"]
    return max(((each["number"], each["rule_count"]) for each in sets), default=(0, 0))[1]


def published(person: Person) -> int:
    return len(person.get(URL).json()["items"])


def test_only_the_office_publishes(shared_server: ServerProcess, filling: Filling, admin: Person) -> None:
    before = published(admin)
    for login in ("rep1", "manager1", "csm1"):
        answer = shared_server.person(login).call("POST", URL, json=edition(promotion()))
        assert answer.status_code == 403, login
    assert published(admin) == before


def test_a_trial_says_what_would_be_and_keeps_nothing(filling: Filling, admin: Person) -> None:
    before = published(admin)
    answer = admin.call("POST", URL, json=edition(promotion(), trial=True))
    assert (answer.status_code, answer.json()["id"]) == (201, None)
    assert published(admin) == before


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (promotion(give={}), "one_benefit_needed"),
        (promotion(give={"percent_off": "ten"}), "rule_unreadable"),
        (promotion(give={"percent_off": "101"}), "out_of_range"),
        (promotion(budget="-"), "not_a_number"),
        (promotion(nonsense=1), "unknown_field"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_field_and_nothing_is_kept(
    filling: Filling, admin: Person, rule: dict[str, Any], code: str
) -> None:
    before = published(admin)
    answer = admin.call("POST", URL, json=edition(rule))
    assert answer.status_code in (409, 422), answer.text
    assert code in answer.text or "budget" in answer.text
    assert published(admin) == before


def test_what_is_published_comes_into_force_as_the_next_set(filling: Filling, admin: Person) -> None:
    before, rules = published(admin), rules_now(admin)
    bill = {
        "entity": "quantity_rule", "code": "Q", "fields": None,
    }  # fmt: skip
    answer = admin.call("POST", URL, json=edition(promotion(), bill))
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert said["rules"] == rules + 1
    assert published(admin) == before + 1
    earlier = admin.call("POST", URL, json=edition(promotion(), starts="2030-12-31T00:00:00+08:00"))
    assert "rules_out_of_order" in earlier.text
