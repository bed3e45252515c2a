"""Every screen in both languages, both themes and both sizes, against the twenty checks.

The pictures are in ``demo-out/screens`` afterwards, numbered in the order of a day. A language and
a theme are judged together; with ``ALL_LOOKS=1`` each language in each theme.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldcrm.model.users import Role
from tests.screens import desks, doors, manager, prices, promises, safety, sops
from tests.screens.rep import Rep
from tests.screens.stage import Office, Stage
from tests.ui.conftest import LOOKS


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_every_screen_passes_the_checks(
    office: Office, tmp_path: Path, language: str, mode: str, qapp: object
) -> None:
    found = []
    for number, (role, walk) in enumerate(_WALKS):
        stage = Stage(office, tmp_path / f"profile-{number}", role, language, mode)
        try:
            walk(stage, tmp_path)
        finally:
            stage.close()
        found += stage.faults
    assert not found, "\n" + "\n".join(map(str, found))


def _doors(stage: Stage, folder: Path) -> None:
    doors.walk(stage, folder / "home")


def _rep(stage: Stage, folder: Path) -> None:
    stage.start()
    Rep(stage, folder).walk()


def _manager(stage: Stage, _folder: Path) -> None:
    stage.start()
    manager.walk(stage)
    sops.walk(stage)
    safety.devices(stage)


def _prices(stage: Stage, folder: Path) -> None:
    stage.start()
    prices.walk(stage, folder)
    promises.office(stage)
    desks.walk(stage)


def _promises(stage: Stage, _folder: Path) -> None:
    stage.start()
    promises.rep(stage)


def _safety(stage: Stage, _folder: Path) -> None:
    stage.start()
    safety.Safety(stage).walk()


_WALKS: tuple[tuple[Role, Callable[[Stage, Path], None]], ...] = (
    (Role.REP, _doors),
    (Role.REP, _rep),
    (Role.MANAGER, _manager),
    (Role.REP, _safety),
    (Role.REP, _promises),
    (Role.FINANCE, _prices),
)
