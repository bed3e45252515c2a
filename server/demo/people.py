"""The demo's territories and people: routes under areas under the company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from server.demo.seeding import Seed
from server.demo.words import COMPANY, DISTRICTS, FAMILY, GIVEN, MANAGERS, REPS, District


@dataclass(frozen=True, slots=True)
class Rep:
    """A rep with the route that is his."""

    id: UUID
    territory_id: UUID
    manager_id: UUID
    district: District


@dataclass(frozen=True, slots=True)
class People:
    """Rows by table and the reps behind them."""

    rows: dict[str, list[dict[str, Any]]]
    reps: list[Rep]


def people(seed: Seed, reps: int, managers: int) -> People:
    """Make ``reps`` reps spread over ``managers`` areas, and the office."""
    root = _territory(seed, "HQ", COMPANY, None)
    rows: dict[str, list[dict[str, Any]]] = {"territory": [root], "user": []}
    bosses = []
    for n in range(managers):
        area = _territory(seed, f"A{n + 1:02d}", f"{DISTRICTS[n % len(DISTRICTS)].name[:2]}片区", root)
        rows["territory"].append(area)
        name = MANAGERS[n] if n < len(MANAGERS) else _name(seed)
        bosses.append((area, _user(seed, f"manager{n + 1}", name, "区域经理", "manager", area)))
    for login, title, role in (
        ("finance1", "财务", "finance"),
        ("csm1", "客户成功", "csm"),
        ("admin", "管理员", "admin"),
    ):
        rows["user"].append(_user(seed, login, _name(seed), title, role, root))
    rows["user"] += [boss for _, boss in bosses]
    return People(rows, [_rep(seed, n, *bosses[n % managers], rows) for n in range(reps)])


def _rep(
    seed: Seed, n: int, area: dict[str, Any], boss: dict[str, Any], rows: dict[str, list[dict[str, Any]]]
) -> Rep:
    district = DISTRICTS[n % len(DISTRICTS)]
    place = sum(t["parent_id"] == area["id"] for t in rows["territory"]) + 1
    route = _territory(seed, f"R{n + 1:03d}", f"{district.name[:2]} {place} 线", area)
    name = REPS[n] if n < len(REPS) else _name(seed)
    user = _user(seed, f"rep{n + 1}", name, f"{route['name']}业务员", "rep", route)
    rows["territory"].append(route)
    rows["user"].append(user)
    return Rep(user["id"], route["id"], boss["id"], district)


def _name(seed: Seed) -> str:
    given = seed.random.sample(GIVEN, 2)
    return seed.random.choice(FAMILY) + "".join(given)


def _territory(seed: Seed, code: str, name: str, parent: dict[str, Any] | None) -> dict[str, Any]:
    return {"id": seed.id(), "version": 1, "code": code, "name": name, "parent_id": parent and parent["id"]}


def _user(
    seed: Seed, login: str, name: str, title: str, role: str, territory: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": seed.id(), "version": 1, "login": login, "name": name, "title": title, "role": role,
        "territory_id": territory["id"], "active": True,
    }  # fmt: skip
