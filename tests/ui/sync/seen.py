"""What the sync centre shows, and pressing what it offers by its words."""

from typing import Any

from PySide6.QtWidgets import QPushButton

from fieldcrm.model.accounts import Account
from fieldcrm.ui.sync.page import SyncPage
from fieldcrm.ui.sync.parcels import Parcel
from fieldcrm.ui.sync.reading import Clash
from fieldcrm.ui.widgets.labels import Label, Paragraph
from fieldcrm.ui.widgets.overlays import Dialog
from tests.ui.sync.conftest import Laptop


def clash(page: SyncPage) -> Clash:
    what = page.list.row().what
    assert isinstance(what, Clash)
    return what


def pick(page: SyncPage, kind: type, title: str = "") -> Any:
    found = [
        n for n, item in enumerate(page.model.rows) if isinstance(item.what, kind) and title in item.title
    ]
    page.list.pick(found[0])
    return page.model.rows[found[0]].what


def parcels(page: SyncPage) -> dict[str, Parcel]:
    return {item.title: item.what for item in page.model.rows if isinstance(item.what, Parcel)}


def texts(widget: Any) -> str:
    found = [each.text() for kind in (Label, Paragraph, QPushButton) for each in widget.findChildren(kind)]
    return "\n".join(found)


def store(laptop: Laptop, number: int = 0) -> Account:
    found = laptop.get(Account, laptop.stores[number].id)
    assert isinstance(found, Account)
    return found


def press(words: str, page: SyncPage) -> None:
    next(b for b in page.window().findChildren(QPushButton) if b.text() == words and b.isVisible()).click()


def press_in_dialog(words: str, page: SyncPage) -> None:
    dialog = page.window().findChildren(Dialog)[-1]
    next(b for b in dialog.findChildren(QPushButton) if b.text() == words).click()
