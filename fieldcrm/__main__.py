"""``python -m fieldcrm``: the application, or one of its commands."""

from __future__ import annotations

import multiprocessing
import sys

from fieldcrm.cli import main

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a packaged program starts its worker processes by itself
    sys.exit(main(sys.argv[1:]))
