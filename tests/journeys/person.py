"""One person at one laptop: the real application in a process of its own, told what to do.

Started by ``Laptop``; reads one JSON line a step ({"do": name, …}) and answers with one JSON
line. Between steps the application lives on, so that it syncs by itself as in real use, and
the process can be killed like any other.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import IO, Any

from tests.journeys.shifted import command

ROOT = Path(__file__).parents[2]


class Gone(RuntimeError):
    """The process ended in the middle of a step."""


class Laptop:
    """Starts and drives the process from outside; ``kill`` is a power cut."""

    def __init__(
        self, who: str, home: Path, server: str, pictures: Path, language: str, log: Path, ahead_s: int = 0
    ) -> None:
        self._command = [
            *command("tests.journeys.person", ahead_s), "--home", str(home), "--server", server,
            "--pictures", str(pictures), "--language", language, "--who", who,
        ]  # fmt: skip
        self._log = log
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                cwd=ROOT, env=environment,
            )  # fmt: skip

    def do(self, step: str, **how: Any) -> dict[str, Any]:
        """Do one step and return what it tells; raises what went wrong there."""
        self.begin(step, **how)
        line = _pipe(self._process.stdout).readline()
        if not line:
            raise Gone(f"{step}: the application ended ({self._process.wait(10)}): {self._last_words()}")
        told: dict[str, Any] = json.loads(line)
        if "error" in told:
            raise AssertionError(f"{step}: {told['error']}")
        return told

    def _last_words(self) -> str:
        return self._log.read_text("utf-8", errors="replace")[-2000:]

    def begin(self, step: str, **how: Any) -> None:
        """Tell a step without waiting for its end."""
        pipe = _pipe(self._process.stdin)
        pipe.write(json.dumps({"do": step, **how}) + "\n")
        pipe.flush()

    def kill(self) -> None:
        """End the process without a word, as a power cut does."""
        self._process.kill()
        self._process.wait()

    def start_again(self) -> None:
        """Start on the same profile."""
        self._process = self._start()

    def close(self) -> None:
        """Close the window as a person does."""
        if self._process.poll() is None:
            self.do("close")
            self._process.wait(30)


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise Gone("no pipe")
    return pipe


def main() -> int:
    """Live as the person until told to close."""
    parser = argparse.ArgumentParser()
    for name in ("--home", "--server", "--pictures", "--language", "--who"):
        parser.add_argument(name, required=True)
    asked = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["FIELDCRM_HOME"] = asked.home
    from tests.journeys.steps import Person

    person = Person(Path(asked.home), asked.server, Path(asked.pictures), asked.language, asked.who)
    told: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(told,), daemon=True).start()
    while True:
        person.hand.settle()
        try:
            step = told.get(timeout=0.02)
        except queue.Empty:
            continue
        name = step.pop("do")
        print(json.dumps(_done(person, name, step), default=str), flush=True)
        if name == "close":
            return 0


def _listen(told: queue.Queue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        told.put(json.loads(line))
    told.put({"do": "close"})


def _done(person: Any, name: str, how: dict[str, Any]) -> dict[str, Any]:
    begin = time.perf_counter()
    try:
        facts = getattr(person, name)(**how) or {}
    except Exception:
        return {"error": traceback.format_exc()}
    return {**facts, "seconds": round(time.perf_counter() - begin, 2)}


if __name__ == "__main__":
    sys.exit(main())
