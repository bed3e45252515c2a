"""A foreign program that inserts rows with plain SQL, in transactions that take a random while.

Arguments: kind of database, where it is, a seed, how many transactions, and over how many
connections at once. It waits for a line on standard input before it begins, and rolls each
tenth transaction back.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import threading
import uuid
from typing import Any


def connect(kind: str, where: str) -> Any:
    """Return a connection without automatic transactions."""
    if kind == "sqlite":
        return sqlite3.connect(where, isolation_level=None, timeout=60, check_same_thread=False)
    import psycopg

    return psycopg.connect(where, autocommit=True)


def main(kind: str, where: str, seed: str, transactions: str, at_once: str) -> None:
    """Write, and say nothing."""
    connections = [connect(kind, where) for _ in range(int(at_once))]
    print("ready", flush=True)
    sys.stdin.readline()
    threads = [
        threading.Thread(target=write, args=(kind, connection, f"{seed}.{n}", int(transactions)))
        for n, connection in enumerate(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def write(kind: str, connection: Any, seed: str, transactions: int) -> None:
    """Write one connection's share."""
    chance = random.Random(seed)
    mark = "?" if kind == "sqlite" else "%s"
    for n in range(transactions):
        connection.execute("BEGIN IMMEDIATE" if kind == "sqlite" else "BEGIN")
        for _ in range(chance.randint(1, 5)):
            sql = f"INSERT INTO territory (id, version, code, name) VALUES ({mark}, 1, 'c', 'n')"
            connection.execute(sql, (str(uuid.UUID(int=chance.getrandbits(128))),))
            if kind != "sqlite":
                connection.execute("SELECT pg_sleep(%s)", (chance.random() * 0.004,))
        connection.execute("ROLLBACK" if n % 10 == 9 else "COMMIT")


if __name__ == "__main__":
    main(*sys.argv[1:])
