"""What every page is given: who works here, this laptop's parts, and the shell around the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from PySide6.QtWidgets import QWidget

from fieldcrm import clock
from fieldcrm.ui.connection import Connection
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.preferences import Preferences

if TYPE_CHECKING:
    from fieldcrm.laptop import Laptop
    from fieldcrm.storage.database import Database


@dataclass(frozen=True, slots=True)
class Me:
    """The person who is signed in; ``role`` is a ``model.users.Role`` value."""

    id: UUID
    login: str
    name: str
    title: str
    role: str
    territory_id: UUID | None
    territory: str = ""
    company: str = ""


class Shell(Protocol):
    """What a page may ask of the window around it."""

    def open(self, key: str, **where: object) -> None:
        """Go to a page; ``where`` tells it what to show, as in ``visit_id=…``."""
        ...

    def back(self) -> None:
        """Go to where the person came from."""
        ...

    def toast(self, text: str, undo: Callable[[], object] | None = None, action: str = "") -> None:
        """Say something that needs no answer; ``undo`` adds the one action."""
        ...

    def show_error(self, error: Exception, retry: Callable[[], object] | None = None) -> None:
        """Say what went wrong in the bar above the page, with the details to copy."""
        ...

    def window(self) -> QWidget:
        """Return the window, for dialogs."""
        ...

    def sync_now(self) -> None:
        """Start a sync unless one runs."""
        ...

    def relook(self) -> None:
        """Take on another language, theme or density at once."""
        ...

    def leave(self, *, wipe: bool = False, force: bool = False) -> None:
        """Sign out, or wipe this person's data; refused in the error bar while work is unsent.

        ``force`` allows it when a rescue bundle holds what is unsent.
        """
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """Given to every page; parts of the laptop that a page does not use stay unread."""

    me: Me
    database: Database
    files: Any
    settings: Preferences
    engine: Any
    jobs: Jobs
    connection: Connection
    shell: Shell
    laptop: Laptop | None = None
    now: Callable[[], datetime] = clock.now

    def today(self) -> date:
        """Return the business day of this moment."""
        return clock.business_day(self.now())
