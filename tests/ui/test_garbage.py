"""Cycles are collected in the interface's thread and nowhere else."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldcrm.ui.garbage import Sweeper


class Knot:
    """Holds itself, and notes the thread it ends in."""

    def __init__(self, ended: list[threading.Thread]) -> None:
        self.me = self
        weakref.finalize(self, lambda: ended.append(threading.current_thread()))


def test_a_cycle_ends_in_the_interfaces_thread_however_busy_the_others_are(
    qapp: QApplication, qtbot: QtBot
) -> None:
    sweeper = Sweeper()
    ended: list[threading.Thread] = []
    Knot(ended)
    busy = threading.Thread(target=lambda: [[number] for number in range(200_000)])
    busy.start()
    busy.join()
    kept = [[] for _ in range(2 * gc.get_threshold()[0])]  # some lists are used again, and not counted
    sweeper.sweep()
    assert ended == [threading.main_thread()]
    assert kept
    sweeper.stop()
    assert gc.isenabled()
