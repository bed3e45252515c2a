"""An address is looked up: from what is kept, else from the service, else when there is a network."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject

from fieldcrm.errors import FieldCrmError, ProviderFailed
from fieldcrm.rules.positions import Position
from fieldcrm.services import addresses as services
from fieldcrm.storage import addresses, planning
from fieldcrm.storage.local import AddressLookup
from fieldcrm.ui.context import Context

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 1.0  # public services allow one question a second


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of an address: nobody to ask, waiting, nothing, or a position to propose."""

    state: str
    position: Position | None = None
    label: str = ""


NOBODY = Answer("nobody")
WAITING = Answer(addresses.WAITING)


def look_up(context: Context, address: str) -> Answer:
    """Return what is known, asking if need be; without a network the address waits."""
    database = context.database
    with database.reading() as session:
        known = _answer(addresses.lookup(session, address))
        service = services.finder(*planning.address_provider(session))
    if known is not None and known.state != addresses.WAITING:
        return known
    if service is None:
        return NOBODY
    try:
        found = service.find(address)
    except ProviderFailed as error:
        if error.code != "unreachable":
            raise
        with database.writing() as session:
            addresses.wait(session, address, context.now())
        return WAITING
    position, label = (found.position, found.label) if found else (None, "")
    with database.writing() as session:
        addresses.keep(session, address, service.name, context.now(), position, label)
    return Answer(addresses.FOUND if found else addresses.NOTHING, position, label)


def _answer(kept: AddressLookup | None) -> Answer | None:
    if kept is None:
        return None
    if kept.latitude_e7 is None or kept.longitude_e7 is None:
        return Answer(kept.state)
    return Answer(kept.state, Position(kept.latitude_e7, kept.longitude_e7), kept.label)


def look_up_waiting(context: Context, stop: Callable[[], bool]) -> int:
    """Ask for every address that waits, one a second; return how many have an answer now."""
    with context.database.reading() as session:
        left = addresses.waiting(session)
    done, pause = 0, threading.Event()
    for number, address in enumerate(left):
        if stop() or (number and pause.wait(_PAUSE_SECONDS)):
            break
        if look_up(context, address).state == addresses.WAITING:
            break
        done += 1
    return done


class Waiting(QObject):
    """Looks up what waits each time the laptop comes online."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._was_online = context, False
        context.connection.changed.connect(self._look)

    def _look(self) -> None:
        online = self._context.connection.online
        begins, self._was_online = online and not self._was_online, online
        if begins:
            context = self._context
            context.jobs.task(
                self, lambda stop, _told: look_up_waiting(context, stop), lambda _done: None, _failed
            )


def _failed(error: FieldCrmError) -> None:
    log.warning("addresses were not looked up: %s", error)
