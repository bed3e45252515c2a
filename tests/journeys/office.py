"""The office of a journey: a real server process with the demo company, and what the office does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from tests.journeys.shifted import command

ROOT = Path(__file__).parents[2]


class Office:
    """Fills a database, serves it, edits accounts over REST."""

    def __init__(self, folder: Path, seed: int, size: str = "small", ahead_s: int = 0) -> None:
        self.data = folder / "server"
        self.log = folder / "server.log"
        self.people: dict[str, dict[str, Any]] = {}
        self._make(seed, size)
        self._process, self.url = self._serve(command("server", ahead_s))

    def _make(self, seed: int, size: str) -> None:
        filling = ["demo", "--size", size, "--seed", str(seed), "--data", str(self.data)]
        told = subprocess.run(
            [sys.executable, "-m", "server", *filling], check=True, capture_output=True, text=True, cwd=ROOT
        )
        for line in told.stdout.splitlines():
            fact = json.loads(line)
            if "user" in fact:
                self.people[fact["user"]] = fact

    def _serve(self, server: list[str]) -> tuple[subprocess.Popen[str], str]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*server, "serve", "--data", str(self.data), "--port", "0"],
                stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT, env=os.environ,
            )  # fmt: skip
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError(f"the server did not start; see {self.log.name}")
        return process, str(json.loads(line)["ready"])

    def change_phone(self, account_id: str, phone: str) -> None:
        """Edit an account's phone number as the office does."""
        access = self._sign_in("manager1")
        answer = requests.patch(
            f"{self.url}/api/v1/accounts/{account_id}", json={"phone": phone}, timeout=30,
            headers={"Authorization": f"Bearer {access}"},
        )  # fmt: skip
        answer.raise_for_status()

    def _sign_in(self, login: str) -> str:
        answer = requests.post(
            f"{self.url}/auth/v1/login", timeout=30,
            json={
                "user": login, "password": self.people[login]["password"],
                "device": {"id": "01890000-0000-7000-8000-000000000001", "name": "office"},
            },
        )  # fmt: skip
        answer.raise_for_status()
        return str(answer.json()["access"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(20)
