"""A client process that opens its laptop's file, syncs once and ends.

Arguments: folder, server address, user, password, device id.
"""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

from tests.sync.machine import signed_in


def main() -> None:
    """Run once."""
    folder, url, user, password, device = sys.argv[1:]
    machine = signed_in(Path(folder), url, user, password, device=UUID(device))
    machine.engine.cycle(asked=True)
    machine.close()


if __name__ == "__main__":
    main()
