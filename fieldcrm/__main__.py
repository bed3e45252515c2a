"""``python -m fieldcrm``: the application, or one of its commands."""

from __future__ import annotations

import sys

from fieldcrm.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
