"""The demo's past and near future: visits, answers, orders, reviews, plans, to-dos.

Each rep walks the stores that are due, in order of bearing around the district's centre,
from 08:30 with an hour's lunch. The last days are not reviewed yet, so that a manager has
an inbox; today and the next two weeks are plans.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.money import to_cents
from server.demo.catalogue import Article
from server.demo.photos import Picture, shelf
from server.demo.seeding import Seed
from server.demo.sops import RICH
from server.demo.stores import Store, cadence
from server.demo.words import SUMMARIES, TODOS

STOPS = 9
AHEAD = 14
_UNREVIEWED_DAYS = 3
_PICTURED_DAYS = 5

Rows = defaultdict[str, list[dict[str, Any]]]


class History:
    """Writes what happened at ``stores`` into ``rows``; ``pictured`` reps also have photos."""

    def __init__(self, seed: Seed, today: date, templates: list[dict[str, Any]], rows: Rows) -> None:
        self._seed = seed
        self._today = today
        self._rows = rows
        self._templates = {channel: t for t in templates for channel in t["channels"]}
        self.pictures: list[Picture] = []

    def write(self, stores: list[Store], days: int, *, pictured: bool) -> None:
        """Walk one rep's stores from ``days`` ago to two weeks from now."""
        for ago in range(days, -AHEAD - 1, -1):
            day = self._today - timedelta(ago)
            if day.isoweekday() > 5 and ago != 0:
                continue
            route = self._route(stores, day)
            if ago > 0:
                self._work(route, day, pictured=pictured and ago <= _PICTURED_DAYS)
            else:
                self._plan(route, day)
        for store in self._seed.random.sample(stores, min(12, len(stores))):
            self._todo(store)

    def _route(self, stores: list[Store], day: date) -> list[Store]:
        due = sorted(stores, key=lambda s: (s.due, s.bearing))[:STOPS]
        for store in due:
            store.due = day + timedelta(cadence(store.grade))
        return sorted(due, key=lambda s: s.bearing)

    def _times(self, route: list[Store], day: date) -> list[tuple[Store, datetime]]:
        chance, clock = self._seed.random, datetime.combine(day, time(8, 30), DEFAULT_ZONE)
        plan = []
        for store in route:
            if clock.hour == 12:
                clock = clock.replace(hour=13, minute=10)
            plan.append((store, clock))
            clock += timedelta(minutes=store.minutes + 5 * chance.randint(2, 4))
        return plan

    def _plan(self, route: list[Store], day: date) -> None:
        for place, (store, at) in enumerate(self._times(route, day)):
            self._add_plan(store, day, at, place, "planned")

    def _add_plan(
        self, store: Store, day: date, at: datetime, place: int, status: str, reason: str = ""
    ) -> UUID:
        plan_id = self._seed.id(at)
        self._rows["visit_plan"].append({
            "id": plan_id, "version": 1, "rep_id": store.rep.id, "account_id": store.id, "on": day,
            "start_time": f"{at:%H:%M}", "sequence": place + 1, "minutes": store.minutes, "purpose": "",
            "status": status, "origin": "cadence", "reason": reason, "moved_to": None, "locked": False,
        })  # fmt: skip
        return plan_id

    def _work(self, route: list[Store], day: date, *, pictured: bool) -> None:
        chance = self._seed.random
        for place, (store, at) in enumerate(self._times(route, day)):
            if chance.random() < 0.04:
                self._add_plan(store, day, at, place, "skipped", "店休")
                continue
            plan_id = self._add_plan(store, day, at, place, "planned")
            self._visit(store, at + timedelta(minutes=chance.randint(-4, 9)), plan_id, pictured=pictured)

    def _visit(self, store: Store, at: datetime, plan_id: UUID, *, pictured: bool) -> None:
        seed, chance = self._seed, self._seed.random
        template = self._templates.get(store.channel)
        minutes = max(4, round(chance.gauss(store.minutes, 6)))
        common = {"version": 1, "account_id": store.id, "rep_id": store.rep.id,
                  "territory_id": store.rep.territory_id}  # fmt: skip
        visit_id = seed.id(at)
        self._rows["visit"].append(common | {
            "id": visit_id, "plan_id": plan_id, "sop_template_id": template and template["id"],
            "started_at": at, "purpose": "",
        })  # fmt: skip
        inside = common | {"visit_id": visit_id}
        self._rows["check_in"].append(inside | self._check_in(store, at))
        left = at + timedelta(minutes=minutes)
        total = self._order(store, visit_id, at + timedelta(minutes=minutes // 2))
        photos = self._photos(inside, at) if pictured else []
        for step in template["steps"] if template else ():
            self._rows["step_answer"].append(inside | {
                "id": seed.id(at), "step_key": step["key"], "answered_at": at + timedelta(minutes=minutes // 2),
                "answers": self._answers(step, store, photos, ordered=total is not None), "replaces_id": None,
            })  # fmt: skip
        self._rows["check_out"].append(inside | {
            "id": seed.id(left), "at": left, "summary": chance.choice(SUMMARIES),
            "next_visit_on": store.due, "gaps": [],
        })  # fmt: skip
        if (self._today - at.date()).days > _UNREVIEWED_DAYS:
            self._review(store, visit_id, left)

    def _check_in(self, store: Store, at: datetime) -> dict[str, Any]:
        chance = self._seed.random
        far = chance.random() < 0.03
        metres = chance.randint(180, 900) if far else chance.randint(3, 60)
        return {
            "id": self._seed.id(at), "at": at, "source": "device", "latitude_e7": store.latitude_e7 + metres * 90,
            "longitude_e7": store.longitude_e7, "datum": store.datum, "accuracy_m": chance.randint(8, 40),
            "fix_age_s": chance.randint(0, 25), "distance_m": metres, "far_reason": "店铺搬到隔壁街" if far else "",
        }  # fmt: skip

    def _answers(
        self, step: dict[str, Any], store: Store, photos: list[UUID], *, ordered: bool
    ) -> dict[str, Any]:
        answers = dict[str, Any]()
        chance = self._seed.random
        if step["key"] in RICH:  # a source of its own, so that what they hold moves nothing else of the demo
            chance = Random(f"{store.id}{len(self._rows['visit'])}")  # noqa: S311 - a demo
        for field in step["fields"]:
            match field["type"]:
                case "check":
                    answers[field["key"]] = chance.choices(("pass", "fail", "na"), (88, 9, 3))[0]
                case "choice":
                    answers[field["key"]] = chance.choice(field["choices"])
                case "number":
                    answers[field["key"]] = f"{chance.choice((5, 5.5, 6)):.2f}"
                case "yes_no":
                    answers[field["key"]] = chance.random() < 0.2 and step["key"] not in RICH
                case "stock":
                    picks = store.favourites[:6]
                    answers[field["key"]] = {
                        str(a.id): str(chance.choice((0, 1, 2, 3, 4, 6, 8, 11))) for a in picks
                    }
                case "photo" if photos and step["key"] == "shelf":
                    answers[field["key"]] = [str(photo) for photo in photos]
                case "shelf":
                    answers[field["key"]] = self._on_shelf(store, field)
                case "competitor":
                    answers[field["key"]] = self._rivals(store)
                case "order":
                    answers[field["key"]] = ordered
        if any((row or {}).get("out") for row in (answers.get("articles") or {}).values()):
            answers["why_out"] = ["未到货"]
        else:
            answers.pop("why_out", None)
        return answers

    def _on_shelf(self, store: Store, field: dict[str, Any]) -> dict[str, Any]:
        """Return what stands on a shelf: much the same at every visit, now and then something is gone."""
        found = {}
        for article in store.favourites[:5]:
            usual = Random(f"{store.id}{article.id}")  # noqa: S311 - a demo
            today = Random(f"{article.id}{len(self._rows['visit'])}")  # noqa: S311 - a demo
            found[str(article.id)] = {
                "facings": str(usual.choice((2, 4, 5, 6, 6, 8))),
                "price": f"{usual.choice((4.5, 5, 5.5, 6)):.2f}",
                "out": today.random() < 0.02,
                "position": usual.choice(field["choices"]),
            }
        return found

    def _rivals(self, store: Store) -> dict[str, Any]:
        usual = Random(str(store.id))  # noqa: S311 - a demo
        brands = usual.sample(("统一", "康师傅", "农夫山泉", "东方树叶"), usual.randint(0, 2))
        return {
            f"r{n}": {"brand": brand, "product": "绿茶 500ml", "price": f"{usual.choice((3.5, 4, 4.5)):.2f}"}
            for n, brand in enumerate(brands)
        }

    def _count(self) -> str:
        return str(self._seed.random.choice((0, 1, 2, 3, 4, 6, 8, 11)))

    def _photos(self, inside: dict[str, Any], at: datetime) -> list[UUID]:
        made = []
        for n, caption in enumerate(("茶饮货架", "冰柜", "堆头")[: self._seed.random.choice((2, 3))]):
            picture = shelf(self._seed.random)
            taken = at + timedelta(minutes=4 + 3 * n)
            photo_id = self._seed.id(taken)
            self.pictures.append(picture)
            self._rows["photo"].append(inside | {
                "id": photo_id, "step_key": "shelf", "field_key": "photos", "caption": caption,
                "sha256": picture.sha256, "size": len(picture.data), "media_type": "image/jpeg",
                "width": picture.width, "height": picture.height, "taken_at": taken, "stored": True,
            })  # fmt: skip
            made.append(photo_id)
        return made

    def _order(self, store: Store, visit_id: UUID, at: datetime) -> Decimal | None:
        seed, chance = self._seed, self._seed.random
        if chance.random() > {"A": 0.75, "B": 0.55, "C": 0.4}[store.grade]:
            return None
        most = {"A": 9, "B": 5, "C": 2}[store.grade]
        picks = chance.sample(store.favourites, chance.randint(3, 8))
        lines = [self._line(article, store, chance.randint(1, most), n) for n, article in enumerate(picks)]
        order_id = seed.id(at)
        total = sum((line["net_amount"] for line in lines), Decimal())
        serial = seed.count(f"order of {at.year}")
        self._rows["order"].append({
            "id": order_id, "version": 2, "number": f"SO-{at.year}-{serial:06d}",
            "provisional_number": f"H-{serial:06d}", "account_id": store.id,
            "territory_id": store.rep.territory_id, "rep_id": store.rep.id, "visit_id": visit_id,
            "status": "accepted", "ordered_on": at.date(), "wanted_on": at.date() + timedelta(2),
            "submitted_at": at, "currency": "CNY", "goods_amount": total, "discount_amount": Decimal(0),
            "tax_amount": sum((line["tax_amount"] for line in lines), Decimal()), "total_amount": total, "note": "",
            "origin": "visit", "edition": 1, "reason": "", "fulfilment": "open", "returned_amount": Decimal(0),
            "review_code": None, "review_data": None,
        })  # fmt: skip
        self._rows["order_line"] += [line | {"id": seed.id(at), "order_id": order_id} for line in lines]
        return total

    def _line(self, article: Article, store: Store, cases: int, place: int) -> dict[str, Any]:
        usual = article.prices.get(store.group) or article.prices["LIST"]
        book, price = store.own_prices.get(article.id) or usual
        gross = to_cents(price * cases)
        return {
            "position": place, "product_id": article.id, "unit": article.case, "quantity": Decimal(cases),
            "unit_price": price, "price_book_id": book, "book_version": 1, "gross_amount": gross,
            "discount_amount": Decimal(0), "net_amount": gross, "tax_rate": article.tax_rate,
            "tax_amount": to_cents(gross * article.tax_rate / (1 + article.tax_rate)),
        }  # fmt: skip

    def _review(self, store: Store, visit_id: UUID, left: datetime) -> None:
        at = left + timedelta(hours=self._seed.random.randint(3, 20))
        self._rows["visit_review"].append({
            "id": self._seed.id(at), "version": 1, "visit_id": visit_id, "rep_id": store.rep.id,
            "reviewer_id": store.rep.manager_id, "decision": "approved", "text": "", "step_key": "", "at": at,
        })  # fmt: skip

    def _todo(self, store: Store) -> None:
        due = self._today + timedelta(self._seed.random.randint(-4, 10))
        self._rows["todo"].append({
            "id": self._seed.id(), "version": 1, "assignee_id": store.rep.id, "created_by": store.rep.id,
            "account_id": store.id, "visit_id": None, "title": self._seed.random.choice(TODOS), "due_on": due,
            "done_at": None,
        })  # fmt: skip
