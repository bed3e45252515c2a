"""Long searches in a process of their own: the interface stays fluent, cancel and crash stay harmless.

The child is spawned, never forked, so that it works alike everywhere; it imports what its work
needs and nothing of the interface or the database. Asked to stop, the work answers with what it
has; one that does not answer is ended. Where no process can be started, the work runs here.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from fieldcrm.errors import WorkerLost

log = logging.getLogger(__name__)

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Told = Callable[[Any], None]
Stop = Callable[[], bool]
Work = Callable[[Question, Told, Stop], Answer]
_LOOK_SECONDS = 0.05
_GRACE_LOOKS = 40


def solve(work: Work[Question, Answer], question: Question, *, stop: Stop, told: Told) -> Answer:
    """Return what ``work`` answers; ``work`` is a function of a module, ``question`` plain values."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(theirs, work, question), daemon=True)
    try:
        process.start()
    except (OSError, RuntimeError):
        log.warning("no process could be started, the search runs in a thread", exc_info=True)
        return work(question, told, stop)
    finally:
        theirs.close()
    try:
        answer: Answer = _heard(process, ours, stop, told)
        return answer
    finally:
        _end(process)
        ours.close()


def _heard(process: BaseProcess, pipe: Connection, stop: Stop, told: Told) -> Any:
    """Pass on what the child tells until it answers, and that it shall stop."""
    looks_left = _GRACE_LOOKS
    asked = False
    while looks_left:
        if stop():
            if not asked:
                asked = True
                with suppress(OSError):
                    pipe.send("stop")
            looks_left -= 1
        try:
            if not pipe.poll(_LOOK_SECONDS):
                continue
            kind, value = pipe.recv()
        except (EOFError, OSError):
            process.join(1)
            raise WorkerLost(exit_code=process.exitcode) from None
        if kind == "told":
            told(value)
        elif kind == "answer":
            return value
        else:
            raise RuntimeError(value)
    raise WorkerLost(exit_code=None)


def _end(process: BaseProcess) -> None:
    process.join(0.5)
    if process.is_alive():
        process.kill()
        process.join()


def _child(pipe: Connection, work: Work[Any, Any], question: Any) -> None:
    """Work, and say how it went; a parent that is gone ends the child at its next word."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked = False

    def stop() -> bool:
        nonlocal asked
        asked = asked or pipe.poll()
        return asked

    try:
        pipe.send(("answer", work(question, lambda value: pipe.send(("told", value)), stop)))
    except (BrokenPipeError, ConnectionError):
        return
    except Exception:
        pipe.send(("broken", traceback.format_exc()))
