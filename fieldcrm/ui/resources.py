"""Where the files beside the code are: fonts, translations, the manual."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2] / "resources"


def path(*parts: str) -> Path:
    """Return a file or folder under ``resources``."""
    return _ROOT.joinpath(*parts)
