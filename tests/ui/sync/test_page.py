from collections.abc import Callable

import pytest

from fieldcrm.ui.sync.page import SyncPage
from fieldcrm.ui.sync.reading import Clash
from tests.ui.conftest import LOOKS, Shoot
from tests.ui.sync.conftest import Laptop, Open, busy


def titles(page: SyncPage) -> list[str]:
    return [item.title for item in page.model.rows]


def clash(page: SyncPage) -> Clash:
    item = page.list.row()
    assert isinstance(item.what, Clash)
    return item.what


def test_a_laptop_with_nothing_to_send_says_so(laptop: Laptop, open_page: Open) -> None:
    page = open_page()
    assert page.model.rows == ()
    assert page.nothing._title.text() == "全部已发送"
    assert page.sync_button.isVisible()


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_pictures(
    language: str, mode: str, look: Callable[[str, str], None], laptop: Laptop, open_page: Open, shoot: Shoot
) -> None:
    look(language, mode)
    busy(laptop)
    page = open_page()
    page.choose_all(True)
    shoot(page, f"sync-clash-{language}-{mode}", ((1216, 900), (1216, 720)))
