"""The demo company: a beverage and snack distributor in and around Hangzhou.

``python -m server demo`` fills an empty database; the same seed and day give the same
company, ids included. Passwords are derived from the seed and printed, and exist nowhere
else. Everything is invented; the streets and districts are real.
"""

from __future__ import annotations

import argparse


def command(asked: argparse.Namespace) -> int:
    """Run the command; the generator is imported only when it is asked for."""
    from server.demo.command import run

    return run(asked)
