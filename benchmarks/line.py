"""A slow line before a server: so many bits a second each way, and so long from one end to the other.

Bytes are under way while others follow, as on a real line: how long it takes does not
lessen how much it carries.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_STEP = 8_192
_UNDER_WAY = 64


@contextmanager
def slow(url: str, *, bits_per_second: float, round_trip: float) -> Iterator[str]:
    """Give the address of a line to ``url``; connections share nothing, a laptop has one at a time."""
    split = urlsplit(url)
    target = (split.hostname or "127.0.0.1", split.port or 80)
    door = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        while True:
            try:
                near, _ = door.accept()
            except OSError:
                return
            far = socket.create_connection(target)
            for source, sink in ((near, far), (far, near)):
                _one_way(source, sink, bits_per_second / 8, round_trip / 2)

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        with suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)
        door.close()


def _one_way(source: socket.socket, sink: socket.socket, bytes_per_second: float, delay: float) -> None:
    sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    under_way: queue.Queue[tuple[float, bytes]] = queue.Queue(_UNDER_WAY)

    def take() -> None:
        free = 0.0
        with suppress(OSError):
            while data := source.recv(_STEP):
                free = max(free, time.monotonic()) + len(data) / bytes_per_second
                under_way.put((free + delay, data))
        under_way.put((0.0, b""))

    def give() -> None:
        with suppress(OSError):
            while (coming := under_way.get())[1]:
                time.sleep(max(0.0, coming[0] - time.monotonic()))
                sink.sendall(coming[1])
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        sink.close()

    for work in (take, give):
        threading.Thread(target=work, daemon=True).start()
