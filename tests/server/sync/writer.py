"""A foreign program that inserts rows with plain SQL, in transactions that take a random while.

Arguments: kind of database, where it is, a seed, how many transactions. It waits for a line on
standard input before it begins, and rolls each tenth transaction back.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import uuid
from typing import Any


def connect(kind: str, where: str) -> Any:
    """Return a connection without automatic transactions."""
    if kind == "sqlite":
        return sqlite3.connect(where, isolation_level=None, timeout=60)
    import psycopg

    return psycopg.connect(where, autocommit=True)


def main(kind: str, where: str, seed: str, transactions: str) -> None:
    """Write, and say nothing."""
    chance = random.Random(int(seed))
    connection = connect(kind, where)
    mark = "?" if kind == "sqlite" else "%s"
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(int(transactions)):
        connection.execute("BEGIN IMMEDIATE" if kind == "sqlite" else "BEGIN")
        for _ in range(chance.randint(1, 5)):
            sql = f"INSERT INTO territory (id, version, code, name) VALUES ({mark}, 1, 'c', 'n')"
            connection.execute(sql, (str(uuid.UUID(int=chance.getrandbits(128))),))
            if kind != "sqlite":
                connection.execute("SELECT pg_sleep(%s)", (chance.random() * 0.004,))
        connection.execute("ROLLBACK" if n % 10 == 9 else "COMMIT")


if __name__ == "__main__":
    main(*sys.argv[1:])
