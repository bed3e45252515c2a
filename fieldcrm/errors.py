"""Every error the application expects.

FieldCrmError
├── RuleBroken            the user asked for something the business forbids
├── Invalid               a value is missing or malformed; names the field
├── NotFound              the record is gone, or was never here
├── StorageError          this device's file or disk
│   ├── WrongKey          the key or passphrase does not open the file
│   ├── KeyringLocked     the system keyring is there but locked
│   ├── NoKeyring         there is no system keyring: a passphrase is needed
│   ├── Damaged           the file is not readable as our database
│   ├── TooNew            the file belongs to a newer version of the program
│   ├── DiskFull          nothing was written
│   ├── InUse             another process has this file open for writing
│   ├── ReadOnly          the folder or file cannot be written
│   ├── LeaseOver         too long without the server: locked until somebody signs in
│   └── UnsentWork        refused: work that only exists here would be destroyed
├── WorkerLost            the process of a long search ended before it answered
├── ProviderFailed        a road or address service did not answer as it should
└── SyncError
    ├── Offline           no route to the server; try again later
    ├── Throttled         the server asked to wait; carries the seconds
    ├── SignInRequired    the session has expired or was revoked
    ├── ClientTooOld      pull is off until the client is updated; push goes on
    ├── Malformed         what came back is not our protocol; nothing was applied
    └── Rejected          the server refused one change, and says why

Errors carry a stable ``code`` and data, never sentences for people: ``ui/errors.py``
words them on the laptop, ``server/errors.py`` maps them to HTTP. Anything else that
is raised is a bug: it is logged with its traceback and never caught to carry on.
"""

from __future__ import annotations


class FieldCrmError(Exception):
    """Something expected went wrong; ``code`` is stable, ``data`` holds the facts."""

    def __init__(self, code: str, /, **data: object) -> None:
        super().__init__(code, data)
        self.code = code
        self.data = data

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.data.items())
        return f"{self.code}({facts})" if facts else self.code


class RuleBroken(FieldCrmError):
    """The business forbids it."""


class Invalid(FieldCrmError):
    """A value is missing or malformed; ``field`` names it, ``code`` says how."""

    def __init__(self, code: str, /, *, field: str, **data: object) -> None:
        super().__init__(code, field=field, **data)
        self.field = field


class NotFound(FieldCrmError):
    """The record is gone, or was never here."""

    def __init__(self, noun: str, key: object) -> None:
        super().__init__("not_found", noun=noun, key=key)


class StorageError(FieldCrmError):
    """This device's file or disk; the class says what happened."""

    def __init__(self, **data: object) -> None:
        super().__init__(type(self).__name__, **data)


class WrongKey(StorageError):
    """The key or passphrase does not open the file."""


class KeyringLocked(StorageError):
    """The system keyring is there but locked."""


class NoKeyring(StorageError):
    """There is no system keyring."""


class Damaged(StorageError):
    """The file is not readable as our database."""


class TooNew(StorageError):
    """The file belongs to a newer version of the program; nothing was changed."""


class DiskFull(StorageError):
    """There was no room; nothing was written."""


class InUse(StorageError):
    """Another process has this file open for writing."""


class ReadOnly(StorageError):
    """The folder or file cannot be written."""


class LeaseOver(StorageError):
    """Too long without a word from the server; signing in opens it, nothing is lost."""


class UnsentWork(StorageError):
    """Refused: it would destroy work that exists only here."""


class WorkerLost(FieldCrmError):
    """The process of a long search ended before it answered; nothing was changed."""

    def __init__(self, **data: object) -> None:
        super().__init__("WorkerLost", **data)


class ProviderFailed(FieldCrmError):
    """A road or address service of somebody else did not answer as it should; nothing depends on it.

    The code is ``unreachable``, ``refused`` or ``bad_answer``.
    """


class SyncError(FieldCrmError):
    """Talking to the server did not work out."""

    def __init__(self, code: str = "", /, **data: object) -> None:
        super().__init__(code or type(self).__name__, **data)


class Offline(SyncError):
    """No route to the server."""


class Throttled(SyncError):
    """The server asked to wait ``seconds``."""


class SignInRequired(SyncError):
    """The session has expired or was revoked."""


class ClientTooOld(SyncError):
    """The server serves this version's pulls no longer."""


class Malformed(SyncError):
    """What came back is not our protocol; nothing was applied."""


class Rejected(SyncError):
    """The server refused one change."""
