"""F11 several pushes edit one row at the same instant.

Expected: all are taken, one after the other under the row's lock; the result is that of some
order of them, and every value that did not win is kept beside (I9).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.server.sync.conftest import Company


def test_concurrent_edits_of_one_row_end_like_some_order_of_them(company: Company) -> None:
    laptops = [company.laptop() for _ in range(6)]
    patches = [
        one.patch("account", company.account.id, phone=("1", str(10 + n))) for n, one in enumerate(laptops)
    ]
    with ThreadPoolExecutor(6) as pool:
        acks = list(pool.map(lambda pair: pair[0].push_one(pair[1]), zip(laptops, patches, strict=True)))
    assert sorted(ack["ver"] for ack in acks) == [2, 3, 4, 5, 6, 7]
    laptop = company.laptop().sync()
    kept = {body["loser"] for body in laptop.bodies("conflict")}
    last = laptop.body("account", company.account.id)["phone"]  # type: ignore[index]
    assert kept | {last} == {str(10 + n) for n in range(6)}


def test_concurrent_edits_of_different_fields_all_stand(company: Company) -> None:
    laptops = [company.laptop() for _ in range(4)]
    changes = {"phone": ("1", "9"), "city": ("", "X"), "address": ("", "Y"), "note": ("", "Z")}
    patches = [
        one.patch("account", company.account.id, **{name: change})
        for one, (name, change) in zip(laptops, changes.items(), strict=True)
    ]
    with ThreadPoolExecutor(4) as pool:
        acks = list(pool.map(lambda pair: pair[0].push_one(pair[1]), zip(laptops, patches, strict=True)))
    assert sorted(ack["ver"] for ack in acks) == [2, 3, 4, 5]
    body = company.laptop().sync().body("account", company.account.id)
    assert body is not None
    assert {name: body[name] for name in changes} == {name: new for name, (_, new) in changes.items()}
