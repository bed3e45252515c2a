"""What an error says to people, and what a helper is given.

The first sentence is the title, the rest the text. Codes, ids and exception texts never
stand in them; ``details`` carries those for the clipboard. What has no words of its own is
worded by its class; what is not an error of ours is called a fault of the application.
"""

from __future__ import annotations

import platform
import traceback
from dataclasses import dataclass

import fieldcrm
from fieldcrm import clock
from fieldcrm.errors import FieldCrmError
from fieldcrm.ui.error_words import CLASSES, CODES
from fieldcrm.ui.i18n import prose, tr


@dataclass(frozen=True, slots=True)
class Wording:
    """What the bar says; ``text`` follows the title and may be empty."""

    title: str
    text: str = ""

    @property
    def whole(self) -> str:
        """Title and text in one."""
        return prose(self.title, self.text)


def worded(error: Exception) -> Wording:
    """Return what to say about ``error``; anything unexpected is called a fault of ours."""
    if not isinstance(error, FieldCrmError):
        return Wording(
            tr("Something in the application broke."),
            tr("What was saved before is kept. Try again, and send the details to your administrator."),
        )
    title, text = messages(error)
    return Wording(tr(title), tr(text) if text else "")


def messages(error: FieldCrmError) -> tuple[str, str]:
    """Return title and text as they stand in the source, for whoever needs them in both languages."""
    found = CODES.get(error.code)
    for kind in type(error).__mro__:
        found = found or CLASSES.get(kind.__name__)
    return found or CLASSES["RuleBroken"]


def details(error: Exception) -> str:
    """Return what a helper needs: versions, the moment, code and data, the place it came from."""
    lines = [
        f"fieldcrm {fieldcrm.__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"{clock.now():%Y-%m-%d %H:%M:%S} UTC",
        f"{type(error).__name__}: {error}",
        "".join(traceback.format_exception(error)),
    ]
    return "\n".join(lines)
