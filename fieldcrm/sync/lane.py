"""Two lanes: photos go on a thread and connection of their own while records keep moving.

What is saved during a long upload does not wait for its end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from fieldcrm.storage.database import Database

Stop = Callable[[], bool]


def beside(database: Database, send: Callable[[Stop], int], work: Callable[[], None], stop: Stop) -> int:
    """Run ``send`` on the other lane and ``work`` here after each save; returns what ``send`` returned.

    What either raises ends both and is raised.
    """
    news, broken = threading.Event(), threading.Event()
    forget = database.subscribe(lambda _names: news.set())
    with ThreadPoolExecutor(1, thread_name_prefix="photos") as other:
        try:
            sending = other.submit(send, lambda: stop() or broken.is_set())
            sending.add_done_callback(lambda _done: news.set())
            while not sending.done():
                news.wait()
                news.clear()
                if not sending.done() and not stop():
                    work()
        except BaseException:
            broken.set()
            raise
        finally:
            forget()
    return sending.result()
