"""A keyring for measuring start-up: one key in a file, so that no desktop is needed."""

from __future__ import annotations

import os
from pathlib import Path

from keyring.backend import KeyringBackend

# ruff: noqa: ARG002 - the arguments are the base class's


class Keyring(KeyringBackend):
    """Keeps passwords in the folder that FIELDCRM_HOME names."""

    priority = 1.0  # type: ignore[assignment]  # a property in the base class

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a password."""
        self._file(username).write_text(password)

    def get_password(self, service: str, username: str) -> str | None:
        """Return a password."""
        file = self._file(username)
        return file.read_text() if file.exists() else None

    def delete_password(self, service: str, username: str) -> None:
        """Forget a password."""
        self._file(username).unlink()

    def _file(self, username: str) -> Path:
        return Path(os.environ["FIELDCRM_HOME"]) / f"{username.replace('/', '_')}.key"
