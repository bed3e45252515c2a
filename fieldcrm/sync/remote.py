"""The server as this device reaches it: the only module here that opens a socket.

Foreign exceptions and problem codes become ours here and nowhere else. Tokens are renewed
on the way: an expired access token costs one refresh and the request is sent again. A
refresh whose answer was lost is repeated with the same ``attempt``, which the server
answers with the same pair, so a cut line never signs anybody out. What is not our
protocol (a captive portal's page, a redirect) is ``Malformed`` and never applied.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import requests
import zstandard
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from fieldcrm.errors import ClientTooOld, Malformed, Offline, SignInRequired, SyncError, Throttled
from fieldcrm.sync import protocol
from fieldcrm.sync.protocol import MAX_DECOMPRESSED, MAX_ROWS, Problem
from fieldcrm.wipe_order import new_challenge

_CONNECT_SECONDS = 10.0
_LEAST_SECONDS = 30.0
_SILENT_SECONDS = 50.0  # two and a half heartbeats of an open line
_SLOWEST_BYTES = 4_096  # a second, on the worst line that still counts as one
_WORTH_PACKING = 256
_ZSTD = b"\x28\xb5\x2f\xfd"
_GZIP = b"\x1f\x8b"
_TRANSIENT = frozenset({500, 502, 503, 504, 507})
_SIP = 4_096
_AGENT = "fieldcrm"


class Person(msgspec.Struct, frozen=True):
    """Who signed in."""

    id: str
    login: str
    name: str
    role: str
    territory_id: str | None = None


class Terms(msgspec.Struct, frozen=True):
    """Where to seal parcels to, and the server's share of this device's key for the next days (hex)."""

    parcel_key: str
    share: str
    lease_days: int


class Tokens(msgspec.Struct, frozen=True):
    """A pair of tokens, the server's public key, and the key of who approves quotes by phone.

    ``refresh`` is worth keeping, ``access`` is not.
    """

    access: str
    refresh: str
    expires_in: int
    user: Person
    server_key: str = ""
    approver_key: str = ""
    terms: Terms | None = None


class Reply:
    """A whole answer: status, headers, unpacked body."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Line:
    """An open answer that is read line by line; ``close`` may be called from another thread."""

    def __init__(self, answer: requests.Response) -> None:
        self.answer = answer

    def lines(self) -> Iterator[bytes]:
        """Yield each line until the other side ends it; silence beyond a heartbeat is ``Offline``."""
        try:
            yield from self.answer.iter_lines(chunk_size=1)
        except (requests.RequestException, OSError, HTTPError, AttributeError, ValueError) as error:
            raise Offline("cut_off", reason=type(error).__name__) from error

    def close(self) -> None:
        """Wake whoever reads; it finds the end of the line."""
        with suppress(OSError, ValueError, RuntimeError):
            self.answer.raw.shutdown()


class Remote:
    """One server and one device's session on it; usable from several threads.

    ``on_rotated`` is called with every new pair of tokens before it is used, and must make
    it durable.
    """

    def __init__(
        self,
        server: str,
        device: str,
        tokens: Tokens | None = None,
        on_rotated: Callable[[Tokens], None] | None = None,
        *,
        session: requests.Session | None = None,
    ) -> None:
        self.server = server.rstrip("/")
        self.device = device
        self._tokens = tokens
        self._on_rotated = on_rotated
        self.challenge = ""
        self._turn = threading.Lock()
        self._http = session or _session()

    @property
    def tokens(self) -> Tokens | None:
        """Return the present pair of tokens."""
        return self._tokens

    def login(self, user: str, password: str, device_name: str) -> Tokens:
        """Sign in on this device and keep the tokens."""
        self.challenge = new_challenge()
        device = {"id": self.device, "name": device_name, "challenge": self.challenge}
        asked = {"user": user, "password": password, "device": device}
        reply = self._send("POST", "/auth/v1/login", msgspec.json.encode(asked), {})
        return self._keep(_decoded(reply.body, Tokens))

    def move(self, device: str, device_name: str, keep: Callable[[Tokens], None]) -> None:
        """Move this session to another device, which this one is from then on.

        ``keep`` makes tokens and device durable together. Asked twice for the same device, the
        server answers twice the same.
        """
        used = self._tokens or self._refused()
        attempt = hashlib.sha256(f"{used.refresh} {device}".encode()).hexdigest()[:32]
        asked = {
            "refresh": used.refresh, "device": self.device, "attempt": attempt,
            "to": {"id": device, "name": device_name},
        }  # fmt: skip
        reply = self._send("POST", "/auth/v1/move", msgspec.json.encode(asked), {})
        tokens = _decoded(reply.body, Tokens)
        keep(tokens)
        self._tokens, self.device = tokens, device

    def become(self, device: str) -> None:
        """Be another device that has yet to sign in."""
        self._tokens, self.device = None, device

    def order(self) -> dict[str, Any]:
        """Return the facts of the refusal that a lost device gets, with its order to wipe; else nothing."""
        if self._tokens is None:
            return {}
        self.challenge = new_challenge()
        asked = {"refresh": self._tokens.refresh, "device": self.device, "challenge": self.challenge,
                 "attempt": _attempt(self._tokens)}  # fmt: skip
        try:
            reply = self._send("POST", "/auth/v1/refresh", msgspec.json.encode(asked), {})
        except SignInRequired as error:
            return dict(error.data)
        self._keep(_decoded(reply.body, Tokens))
        return {}

    def leave_parcel(self, parcel: bytes, nonce: str = "") -> None:
        """Leave sealed work with the server, as a device with a session or by a wipe order's nonce."""
        headers = {"content-type": "application/octet-stream"}
        if nonce:
            proof = headers | {"x-device": self.device, "x-wipe-nonce": nonce}
            self._send("POST", "/sync/v1/parcels", parcel, proof)
        else:
            self.call("POST", "/sync/v1/parcels", parcel, headers)

    def say_wiped(self, nonce: str) -> None:
        """Tell the server that this device has destroyed its key."""
        told = msgspec.json.encode({"device": self.device, "nonce": nonce})
        self._send("POST", "/auth/v1/wiped", told, {})

    def logout(self) -> None:
        """End this device's session on the server."""
        self.call("POST", "/auth/v1/logout")
        self._tokens = None

    def sync(self, request: bytes) -> bytes:
        """Push and pull in one request."""
        return self.call("POST", "/sync/v1/sync", request).body

    def bootstrap(self, scope: str, *, after: str | None, cursor: str, rows: int = MAX_ROWS) -> bytes:
        """Return one page of a scope's rows, from the key ``after`` on."""
        asked = {"cursor": cursor, "schema": str(protocol.SCHEMA), "max_rows": str(rows)}
        asked |= {"after": after} if after else {}
        return self.call("GET", f"/sync/v1/bootstrap/{quote(scope, safe='')}?{urlencode(asked)}").body

    def shared(self, scope: str, *, start: int, length: int, etag: str) -> Reply:
        """Return a piece of a shared scope's file, as long as it is still the one called ``etag``."""
        headers = {"range": f"bytes={start}-{start + length - 1}"} | ({"if-match": etag} if etag else {})
        asked = f"/sync/v1/shared/{quote(scope, safe='')}?schema={protocol.SCHEMA}"
        return self.call("GET", asked, headers=headers)

    def hello(self, schema: int) -> dict[str, Any]:
        """Return versions, features, limits and grants."""
        asked = msgspec.json.encode({"dev": self.device, "schema": schema})
        found: dict[str, Any] = _decoded(self.call("POST", "/sync/v1/hello", asked).body, dict[str, Any])
        return found

    def call(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a signed request; renew the access token once if it has run out."""
        used = self._tokens or self._refused()
        try:
            return self._send(method, path, body, _signed(used, headers))
        except SignInRequired as error:
            if error.code != "token_expired":
                raise
        return self._send(method, path, body, _signed(self._renewed(used), headers))

    @contextmanager
    def listen(self, path: str) -> Iterator[Line]:
        """Open a line on which the server tells news as it comes; ends as ``Offline`` when it breaks."""
        used = self._tokens or self._refused()
        try:
            line = self._open_line(path, used)
        except SignInRequired as error:
            if error.code != "token_expired":
                raise
            line = self._open_line(path, self._renewed(used))
        with line.answer:
            yield line

    def _open_line(self, path: str, tokens: Tokens) -> Line:
        told = {"accept": "text/event-stream", "accept-encoding": "identity", "user-agent": _AGENT}
        try:
            answer = self._http.get(
                self.server + path, headers=_signed(tokens, told), stream=True,
                timeout=(_CONNECT_SECONDS, _SILENT_SECONDS), allow_redirects=False,
            )  # fmt: skip
            if answer.status_code == 200 and "text/event-stream" in answer.headers.get("content-type", ""):
                return Line(answer)
            with answer:
                _accepted(Reply(answer.status_code, answer.headers, answer.raw.read(decode_content=False)))
        except (requests.RequestException, OSError, HTTPError) as error:
            raise Offline("unreachable", reason=type(error).__name__) from error
        raise Malformed("not_our_protocol")

    def _refused(self) -> Tokens:
        raise SignInRequired("signed_out")

    def _renewed(self, used: Tokens) -> Tokens:
        with self._turn:
            if self._tokens is not None and self._tokens.access != used.access:
                return self._tokens
            asked = {"refresh": used.refresh, "device": self.device, "attempt": _attempt(used)}
            reply = self._send("POST", "/auth/v1/refresh", msgspec.json.encode(asked), {})
            return self._keep(_decoded(reply.body, Tokens))

    def _keep(self, tokens: Tokens) -> Tokens:
        if self._on_rotated is not None:
            self._on_rotated(tokens)
        self._tokens = tokens
        return tokens

    def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        packed, encoding = _packed(body) if "content-type" not in headers else (body, {})
        told = {"accept-encoding": "zstd, gzip", "user-agent": _AGENT, **headers, **encoding}
        if body and "content-type" not in headers:
            told["content-type"] = "application/json"
        seconds = _LEAST_SECONDS + len(packed) / _SLOWEST_BYTES
        try:
            with self._http.request(
                method, self.server + path, data=packed or None, headers=told, stream=True,
                timeout=(_CONNECT_SECONDS, seconds), allow_redirects=False,
            ) as answer:  # fmt: skip
                raw: bytes = answer.raw.read(decode_content=False)
                expected = answer.headers.get("content-length")
                if (
                    method != "HEAD"
                    and expected is not None
                    and expected.isdigit()
                    and len(raw) < int(expected)
                ):
                    raise Offline("cut_off")
        except (requests.RequestException, OSError) as error:
            raise Offline("unreachable", reason=type(error).__name__) from error
        except HTTPError as error:
            raise Offline("cut_off", reason=type(error).__name__) from error
        reply = Reply(answer.status_code, answer.headers, raw)
        return _accepted(reply)


def _attempt(used: Tokens) -> str:
    return hashlib.sha256(used.refresh.encode()).hexdigest()[:32]


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = True
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=4, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _signed(tokens: Tokens, headers: Mapping[str, str] | None) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.access}", **(headers or {})}


def _packed(body: bytes) -> tuple[bytes, dict[str, str]]:
    if len(body) <= _WORTH_PACKING:
        return body, {}
    packed = zstandard.ZstdCompressor(level=3).compress(body)
    return (packed, {"content-encoding": "zstd"}) if len(packed) < len(body) else (body, {})


def _accepted(reply: Reply) -> Reply:
    """Return a successful reply with its body unpacked, or raise what the refusal means."""
    if "text/html" in reply.headers.get("content-type", ""):
        raise Malformed("captive_portal", status=reply.status)
    if 300 <= reply.status < 400:
        raise Malformed("redirected", status=reply.status)
    body = reply.body if _is_file(reply) else unpacked(reply.body)
    if reply.status < 300:
        return Reply(reply.status, reply.headers, body)
    raise refusal(reply.status, reply.headers, body)


def _is_file(reply: Reply) -> bool:
    """Whether the body is a photo or a piece of one, which may begin like something packed."""
    kind = reply.headers.get("content-type", "")
    return kind.startswith(("image/", "application/octet-stream"))


def unpacked(body: bytes) -> bytes:
    """Return the plain bytes, told by their own first bytes: some proxies strip the header."""
    reader: Any
    if body.startswith(_ZSTD):
        reader = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024).decompressobj()
    elif body.startswith(_GZIP):
        reader = zlib.decompressobj(wbits=31)
    else:
        return body
    plain = bytearray()
    try:
        for start in range(0, len(body), _SIP):
            plain += reader.decompress(body[start : start + _SIP])
            if len(plain) > MAX_DECOMPRESSED:
                raise Malformed("too_large")
    except (zstandard.ZstdError, zlib.error) as error:
        raise Malformed("not_our_protocol") from error
    if not reader.eof:
        raise Malformed("cut_off")
    return bytes(plain)


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> SyncError:
    """Return what a refused request means here."""
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        problem = Problem(f"http_{status}", "")
    data = {name: value for name, value in problem.data.items() if isinstance(name, str)}
    if status == 401:
        return SignInRequired(problem.code, **data)
    if status == 426:
        return ClientTooOld(problem.code, **data)
    seconds = _seconds(headers.get("retry-after"))
    if status == 429 or (status == 503 and seconds):
        return Throttled(problem.code, **data | {"seconds": seconds or 1.0})
    if status in _TRANSIENT:
        return Offline(problem.code, **data | {"status": status})
    if status == 400:
        return Malformed(problem.code, **data)
    return SyncError(problem.code, **data | {"status": status})


def _seconds(text: str | None) -> float:
    return float(text) if text is not None and text.strip().isdigit() else 0.0


def _decoded(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise Malformed("not_our_protocol") from error
