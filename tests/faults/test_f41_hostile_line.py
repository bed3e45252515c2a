"""F41. The token runs out in the middle of paging; a captive portal answers; a proxy strips a header;
somebody intercepts TLS.

Expected: the token is renewed and paging goes on at the same page; what is not our protocol
is ``Malformed`` and nothing is applied; a certificate that the system does not trust ends the
connection before a byte of ours, tokens included, is sent.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fieldcrm import clock
from fieldcrm.errors import Malformed, Offline
from fieldcrm.sync.remote import Person, Remote, Tokens
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in
from tests.sync.test_engine import stores

PORTAL = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 20\r\n\r\n<html>Welcome</html>"


@pytest.fixture
def rep(server_process: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    """A laptop of rep1 on a server of its own."""
    made = signed_in(tmp_path / "rep", server_process.url, "rep1", PASSWORD)
    yield made
    made.close()


class Line(requests.Session):
    """A session that can spoil what goes over it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.expire_after = -1
        self.strips = False

    def request(self, method: str, url: str, **options: object) -> requests.Response:  # type: ignore[override]
        self.asked.append(url.rsplit("/", 1)[1].partition("?")[0])
        if self.expire_after == 0:
            options["headers"] = {**options["headers"], "authorization": "Bearer run.out.now"}  # type: ignore[dict-item]
        self.expire_after -= 1
        answer = super().request(method, url, **options)  # type: ignore[arg-type]
        if self.strips:
            answer.headers.pop("content-encoding", None)
        return answer


def test_a_token_that_runs_out_between_two_pages_is_renewed_and_paging_goes_on(
    server_process: ServerProcess, rep: Machine
) -> None:
    line = Line()
    rep.remote._http = line
    rep.engine._page_rows = 100
    rep.cycle()
    mine = set(stores(server_process, 350))
    line.asked, line.expire_after = [], 2
    rep.engine._page_rows = 100
    assert rep.cycle().up_to_date
    assert line.asked.count("refresh") == 1
    assert line.asked.index("refresh") == 3, "pages came before and after"
    assert len(line.asked) >= 5
    assert {row for (row,) in rep.rows("SELECT id FROM account")} >= {str(each) for each in mine}


def test_a_proxy_that_strips_the_encoding_changes_nothing(
    server_process: ServerProcess, rep: Machine
) -> None:
    line = Line()
    line.strips = True
    rep.remote._http = line
    mine = stores(server_process, 50)
    assert rep.cycle().up_to_date
    assert len(rep.rows("SELECT id FROM account")) >= len(mine)


@contextmanager
def listening(answer: bytes, context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """Answer every connection with the same bytes; yields the port and what was heard."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            while True:
                try:
                    line, _ = door.accept()
                    with line if context is None else context.wrap_socket(line, server_side=True) as held:
                        heard.append(held.recv(65_536))
                        held.sendall(answer)
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield door.getsockname()[1], heard


def test_a_captive_portal_is_not_our_protocol_and_nothing_is_applied(
    server_process: ServerProcess, rep: Machine
) -> None:
    rep.cycle()
    before = rep.rows("SELECT key, value FROM sync_state ORDER BY key")
    with listening(PORTAL) as (port, _):
        rep.remote.server = f"http://127.0.0.1:{port}"
        with pytest.raises(Malformed, match="captive_portal"):
            rep.cycle()
    assert rep.rows("SELECT key, value FROM sync_state ORDER BY key") == before


def intercepting(folder: Path) -> ssl.SSLContext:
    """Return TLS with a certificate for localhost that nobody's system knows the issuer of."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = clock.now()
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = folder / "interceptor.pem"
    plain = serialization.NoEncryption()
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_an_interceptor_with_an_unknown_issuer_hears_nothing(tmp_path: Path) -> None:
    tokens = Tokens("access-secret", "refresh-secret", 900, Person("i", "rep1", "Rep1", "rep"))
    with listening(PORTAL, intercepting(tmp_path)) as (port, heard):
        remote = Remote(f"https://localhost:{port}", "device", tokens)
        with pytest.raises(Offline):
            remote.sync(msgspec.json.encode({}))
        with pytest.raises(Offline):
            remote.login("rep1", PASSWORD, "laptop")
    assert heard == []
