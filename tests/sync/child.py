"""The client process that the kill tests end: one day's work, from the first sync to the photo.

Arguments: folder, server address, user, password, device id, territory id, store id, visit id, photo
id. Doing a step again after a kill is harmless: it looks first what is there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.model.accounts import Account
from fieldcrm.model.visits import Photo, Visit
from tests.sync.machine import Machine, signed_in


def picture(photo: UUID) -> bytes:
    """Return bytes that no other photo has, more than one piece of them."""
    return photo.bytes * 300_000


def work(machine: Machine, territory: UUID, store: UUID, visit: UUID, photo: UUID) -> None:
    """Do whatever of the day is not saved yet, syncing before and after."""
    machine.cycle()
    at = clock.now()

    def open_store(session: Session) -> None:
        if session.get(Account, store) is None:
            session.add(Account(id=store, name="被打断的店", territory_id=territory))

    def pay_visit(session: Session) -> None:
        if session.get(Visit, visit) is not None:
            return
        content = picture(photo)
        of = {"account_id": store, "rep_id": machine.me, "territory_id": territory}
        session.add(Visit(id=visit, started_at=at, **of))
        session.add(
            Photo(id=photo, visit_id=visit, sha256=machine.files.put(content), size=len(content),
                  media_type="image/jpeg", width=1, height=1, taken_at=at, **of)
        )  # fmt: skip

    def edit_store(session: Session) -> None:
        session.get_one(Account, store).phone = "123"

    machine.save(open_store)
    machine.save(pay_visit)
    machine.cycle()
    machine.save(edit_store)
    machine.cycle()


def main() -> None:
    """Run once."""
    folder, url, user, password, *rest = sys.argv[1:]
    device, territory, store, visit, photo = map(UUID, rest)
    machine = signed_in(Path(folder), url, user, password, device=device)
    work(machine, territory, store, visit, photo)
    machine.close()


if __name__ == "__main__":
    main()
