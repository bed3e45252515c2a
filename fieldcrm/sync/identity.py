"""Which machine this file lives on, and becoming a device of its own when it is a copy.

The file remembers the machine it was last used on, as a hash under its own random id, so
that it names no machine to anybody. A file that wakes on another machine, or that the
server calls ``device_forked``, enrols itself anew: a new device, the same session moved
over, the same mutation ids, so that what both copies know is applied once. The id of the
next device is written down before it is asked for: an answer that was lost is asked for
again and is the same.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
import uuid
from pathlib import Path

import msgspec

from fieldcrm import ids
from fieldcrm.errors import SignInRequired
from fieldcrm.faults import planted, reach
from fieldcrm.storage import device
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.database import Database
from fieldcrm.sync import outbox, state
from fieldcrm.sync.remote import Remote, Tokens


def woke_elsewhere(database: Database, machine: str | None = None) -> bool:
    """Say whether this file is on another machine than before, or began to move and did not finish.

    A file that has no seat yet takes this one.
    """
    with database.reading() as session:
        seat, file_id = device.fact(session, device.SEAT), device.fact(session, device.FILE_ID, "")
        if device.fact(session, device.NEXT_DEVICE):
            return True
    if seat is not None:
        return bool(seat != _seat(file_id, machine))
    with database.writing() as session:
        file_id = str(ids.new_id())
        device.remember(session, device.FILE_ID, file_id)
        device.remember(session, device.SEAT, _seat(file_id, machine))
    return False


def enrol_anew(database: Database, remote: Remote, machine: str | None = None) -> None:
    """Become a device of its own; unsent work keeps its ids, the lease begins again."""
    if planted("fork_keeps_device"):
        with database.loading() as connection:
            connection.execute("DELETE FROM sync_state WHERE key = ?", (state.LEASE,))
        return
    with database.writing() as session:
        next_id = device.fact(session, device.NEXT_DEVICE) or str(ids.new_id())
        device.remember(session, device.NEXT_DEVICE, next_id)
    reach("client.identity.begun")
    try:
        remote.move(next_id, platform.node(), lambda tokens: _settle(database, next_id, tokens, machine))
    except SignInRequired:  # the session has gone: whoever signs in again does it as the new device
        _settle(database, next_id, None, machine)
        remote.become(next_id)
        raise


def _settle(database: Database, device_id: str, tokens: Tokens | None, machine: str | None) -> None:
    with database.writing() as session:
        file_id = str(ids.new_id())
        device.remember(session, device.DEVICE_ID, device_id)
        device.remember(session, device.FILE_ID, file_id)
        device.remember(session, device.SEAT, _seat(file_id, machine))
        device.remember(session, device.NEXT_DEVICE, "")
        device.remember(session, device.TOKENS, msgspec.to_builtins(tokens) if tokens else "")
        forget_lease(outbox.raw(session))


def forget_lease(connection: Connection) -> None:
    """Drop the leases of a device that this file no longer is."""
    for key in (state.LEASE, state.LEASES):
        connection.execute("DELETE FROM sync_state WHERE key = ?", (key,))


def _seat(file_id: str, machine: str | None) -> str:
    told = machine if machine is not None else _machine()
    return hashlib.sha256(f"{file_id}|{told}".encode()).hexdigest()


def _machine() -> str:
    """Return what the system calls this machine; its name and network card where it has no word for it."""
    return _system_id() or f"{platform.node()}|{uuid.getnode()}"


def _system_id() -> str:
    try:
        if sys.platform == "win32":
            import winreg

            place = winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography")
            return str(winreg.QueryValueEx(place, "MachineGuid")[0])
        if sys.platform == "darwin":
            told = subprocess.run(
                ["/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice"],
                capture_output=True, text=True, timeout=5, check=True,
            )  # fmt: skip
            lines = [line for line in told.stdout.splitlines() if "IOPlatformUUID" in line]
            return lines[0].rpartition("=")[2].strip(' "') if lines else ""
        return Path("/etc/machine-id").read_text("ascii").strip()
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
