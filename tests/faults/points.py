"""The named points of the source at which a crash must be harmless."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_REACH = re.compile(r'reach\(\s*"([^"]+)"')


def in_source(package: str, prefix: str) -> set[str]:
    """Return every point of ``package`` whose name begins with ``prefix``."""
    texts = (file.read_text("utf-8") for file in (ROOT / package).rglob("*.py"))
    return {point for text in texts for point in _REACH.findall(text) if point.startswith(prefix)}
