"""The application and the office's rows that every screen is drawn from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.stage import Office, write_office
from tests.ui.conftest import qapp, usual_look  # noqa: F401 - the application is the same


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A laptop's database and photos, to be copied for each look."""
    return write_office(Path(tmp_path_factory.mktemp("office")))
