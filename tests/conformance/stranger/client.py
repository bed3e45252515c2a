"""A client that somebody else wrote: it knows the published contract and nothing of this project.

Only ``requests``, ``json``, ``zstandard`` and ``xxhash``; what it is told by ``/sync/v1/schema``
it believes, everything else is checked: the shape of every line, the checksum, the count.
"""

from __future__ import annotations

import copy
import gzip
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import requests
import xxhash
import zstandard

Body = dict[str, Any]
ACK = {"id", "o", "ver", "was", "conflicts", "code", "msg"}
OUTCOMES = {"applied", "merged", "dup", "rejected", "retry", "gone"}
STATES = {"put", "gone", "tomb"}
HEADER = {"epoch", "server_time", "lease_next", "acks", "n_applied"}
MORE_HEADER = {"schema", "proof", "asked"}  # beyond the contract; a stranger may pass over them
TRAILER = {"cursor", "more", "count", "crc", "grants_added", "grants_removed", "after"}


def uuid7() -> str:
    """Return a UUID of version 7."""
    value = (time.time_ns() // 1_000_000) << 80 | 7 << 76 | secrets.randbits(12) << 64
    return str(uuid.UUID(int=value | 2 << 62 | secrets.randbits(62)))


class Refused(Exception):
    """The server answered with a problem."""

    def __init__(self, status: int, told: Body, headers: Any) -> None:
        super().__init__(f"{status} {told}")
        self.status, self.told, self.headers = status, told, headers

    @property
    def code(self) -> str:
        return str(self.told["code"])


class Cut(Exception):
    """A body without its end: worth nothing."""


@dataclass
class Page:
    """A sync answer, taken apart and checked literally."""

    raw: bytes
    packed: int
    header: Body = field(init=False)
    rows: list[Body] = field(init=False)
    trailer: Body = field(init=False)

    def __post_init__(self) -> None:
        lines = self.raw.split(b"\n")
        if lines[-1] != b"" or len(lines) < 3:
            raise Cut
        before = self.raw[: len(self.raw) - len(lines[-2]) - 1]
        try:
            head, last = json.loads(lines[0]), json.loads(lines[-2])
            self.rows = [json.loads(line) for line in lines[1:-2]]
        except ValueError as error:
            raise Cut from error
        if set(last) != {"t"} or set(head) != {"h"}:
            raise Cut
        self.header, self.trailer = head["h"], last["t"]
        assert xxhash.xxh64_hexdigest(before) == self.trailer["crc"]
        assert self.trailer["count"] == len(self.rows) <= 2_000
        assert self.packed <= 262_144 or len(self.rows) == 1
        assert HEADER <= set(self.header) <= HEADER | MORE_HEADER
        assert "proof" not in self.header or self.acks, "a signature only where there are answers to sign"
        assert set(self.trailer) == TRAILER
        for ack in self.acks:
            assert set(ack) <= ACK
            assert ack["o"] in OUTCOMES
        for line in self.rows:
            self._check_row(line)

    def _check_row(self, line: Body) -> None:
        entity, row_id, version, state = line["r"][:4]
        assert isinstance(entity, str)
        assert str(uuid.UUID(row_id)) == row_id
        assert isinstance(version, int)
        assert state in STATES
        if state == "put":
            assert set(line) == {"r", "s"}
            assert len(line["r"]) == 5
            assert version >= 1
            assert not {"id", "version"} & set(line["r"][4])
        else:
            assert len(line["r"]) == 4

    @property
    def acks(self) -> list[Body]:
        return list(self.header["acks"])

    @property
    def outcomes(self) -> list[str]:
        """Return the acks as ``applied`` or ``rejected:code``, in order."""
        return [f"{a['o']}:{a['code']}" if a.get("code") else a["o"] for a in self.acks]

    def ids(self) -> set[tuple[str, str]]:
        """Return (entity, id) of every row line."""
        return {(line["r"][0], line["r"][1]) for line in self.rows}


class Stranger:
    """One device of one user."""

    def __init__(self, url: str, user: str, password: str, device: str = "") -> None:
        self.url, self.login_name, self.password = url, user, password
        self.device = device or uuid7()
        self.http = requests.Session()
        self.epoch: str | None = None
        self.cursor = ""
        self.n = 0
        self.rows: dict[tuple[str, str], tuple[int, Body]] = {}
        self.scope_of: dict[tuple[str, str], str] = {}
        self.sent: bytes = b""
        self.sign_in()

    # -- talking -----------------------------------------------------------------------------

    def sign_in(self) -> None:
        body = {
            "user": self.login_name,
            "password": self.password,
            "device": {"id": self.device, "name": "s"},
        }
        told = self.json("POST", "/auth/v1/login", body, token="")
        assert set(told) == {"access", "refresh", "expires_in", "user", "server_key", "approver_key", "terms"}
        self.access, self.refresh, self.me = told["access"], told["refresh"], told["user"]

    def refreshed(self) -> None:
        told = self.json("POST", "/auth/v1/refresh", {"refresh": self.refresh}, token="")
        self.access, self.refresh = told["access"], told["refresh"]

    def raw(
        self, method: str, path: str, body: bytes | None = None, *, packing: str = "", takes: str = "zstd",
        token: str | None = None, headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes, int, Any]:  # fmt: skip
        """Return status, plain body, bytes on the wire and headers."""
        token = self.access if token is None else token
        said = {"accept-encoding": takes, "content-type": "application/json"}
        said |= {"authorization": f"Bearer {token}"} if token else {}
        if body is not None and packing:
            body = zstandard.compress(body) if packing == "zstd" else gzip.compress(body)
            said["content-encoding"] = packing
        answer = self.http.request(
            method, self.url + path, data=body, headers=said | (headers or {}), stream=True, timeout=60
        )
        wire = answer.raw.read(decode_content=False)
        plain = {"zstd": _unzstd, "gzip": gzip.decompress}.get(
            answer.headers.get("content-encoding", ""), bytes
        )(wire)
        return answer.status_code, plain, len(wire), answer.headers

    def ok(self, method: str, path: str, body: bytes | None = None, **how: Any) -> tuple[bytes, int]:
        """Return the plain body and its bytes on the wire, or raise ``Refused``."""
        status, plain, wire, headers = self.raw(method, path, body, **how)
        if status >= 400:
            told = json.loads(plain)
            assert {"code", "message"} <= set(told) <= {"code", "message", "data"}
            raise Refused(status, told, headers)
        return plain, wire

    def json(self, method: str, path: str, body: Any = None, **how: Any) -> Any:
        """Send JSON, get JSON."""
        packed = None if body is None else json.dumps(body).encode()
        plain, _ = self.ok(method, path, packed, **how)
        return json.loads(plain) if plain else None

    # -- mutations ---------------------------------------------------------------------------

    def mutation(self, entity: str, row_id: str, op: str, **more: Any) -> Body:
        """Return this device's next mutation."""
        self.n += 1
        at = time.time_ns() // 1_000_000
        return {"id": uuid7(), "n": self.n, "agg": [entity, row_id], "op": op, "at": at, **more}

    def create(self, entity: str, doc: Body, row_id: str = "", **more: Any) -> Body:
        return self.mutation(entity, row_id or uuid7(), "create", doc=doc, **more)

    def patch(self, entity: str, row_id: str, /, **changes: Any) -> Body:
        """Return a patch of fields to new values; what is on this device is what was seen."""
        version, body = self.rows.get((entity, row_id), (0, {}))
        made = {name: {"old": body.get(name), "new": new} for name, new in changes.items()}
        return self.mutation(entity, row_id, "patch", base=version, set=made)

    # -- the loop ----------------------------------------------------------------------------

    def asked(self, push: list[Body] | None = None, **more: Any) -> Body:
        usual = {"dev": self.device, "epoch": self.epoch, "cursor": self.cursor, "schema": 1,
                 "n_next": self.n + 1, "sent_at": time.time_ns() // 1_000_000}  # fmt: skip
        return usual | ({"push": push} if push else {}) | more

    def exchange(self, push: list[Body] | None = None, *, apply: bool = True, **more: Any) -> Page:
        """Send one request; apply its page."""
        how = {name: more.pop(name) for name in ("packing", "takes") if name in more}
        self.sent = json.dumps(self.asked(push, **more), separators=(",", ":")).encode()
        return self.resend(apply=apply, **how)

    def resend(self, *, apply: bool = True, **how: Any) -> Page:
        """Send the same bytes as last time."""
        page = Page(*self.ok("POST", "/sync/v1/sync", self.sent, **how))
        if apply:
            self.apply(page)
        return page

    def sync(self, push: list[Body] | None = None, **more: Any) -> list[Page]:
        """Push, then pull until there is no more."""
        pages = [self.exchange(push, **more)]
        while pages[-1].trailer["more"]:
            assert len(pages) < 500
            pages.append(self.exchange(**more))
        return pages

    def bootstrap(self, scope: str, max_rows: int = 2_000) -> list[Page]:
        """Read one scope from the beginning."""
        pages, after = [], ""
        while True:
            ask = f"?max_rows={max_rows}&after={after}&cursor={self.cursor}"
            pages.append(Page(*self.ok("GET", f"/sync/v1/bootstrap/{scope}{ask}")))
            self.apply(pages[-1])
            after = pages[-1].trailer["after"]
            assert pages[-1].trailer["more"] == (after is not None)
            if after is None:
                return pages

    def apply(self, page: Page) -> None:
        """Take a page in, whole; older rows never replace newer ones."""
        self.epoch = page.header["epoch"]
        for line in page.rows:
            entity, row_id, version, state, *body = line["r"]
            key = (entity, row_id)
            if state == "put":
                if version >= self.rows.get(key, (0, {}))[0]:
                    self.rows[key], self.scope_of[key] = (version, body[0]), line["s"]
            else:
                self.rows.pop(key, None)
                self.scope_of.pop(key, None)
        for key in [k for k, scope in self.scope_of.items() if scope in page.trailer["grants_removed"]]:
            del self.rows[key], self.scope_of[key]
        self.cursor = page.trailer["cursor"]

    # -- looking -----------------------------------------------------------------------------

    def body(self, entity: str, row_id: str) -> Body:
        return self.rows[entity, row_id][1]

    def version(self, entity: str, row_id: str) -> int:
        return self.rows[entity, row_id][0]

    def all(self, entity: str) -> dict[str, Body]:
        return {row_id: body for (name, row_id), (_, body) in self.rows.items() if name == entity}

    def snapshot(self) -> dict[tuple[str, str], tuple[int, Body]]:
        """Return a copy of everything that is on this device."""
        return copy.deepcopy(self.rows)


def _unzstd(wire: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(wire)
