"""Finding accounts, contacts and products by any piece of text, two characters and up.

Every field is cut into overlapping two-character tokens (文三路 -> 文三 三路), which is the
only way FTS5 finds two-character Chinese words; a candidate is then checked for the whole
piece, so the answers are those of LIKE. What begins with the piece comes first.

Per entity there are two tables: ``search_<entity>`` maps a row's number to its id and
folded text, ``search_<entity>_token`` is the contentless index. ``writing`` sessions keep
them current by themselves; bulk loads call ``index_rows``, purges call ``forget``.
"""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import add
from typing import Any
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction, sessionmaker

from fieldcrm.storage import pinyin
from fieldcrm.storage.changes import owners
from fieldcrm.storage.cipher import Connection

_FIELDS: dict[str, tuple[str, ...]] = {
    "account": ("name", "code", "address", "phone"),
    "contact": ("name", "phone", "email"),
    "product": ("name", "code", "brand"),
}
_SPELLED_WHOLE = {"account", "contact"}
ENTITIES = tuple(_FIELDS)
READS: Mapping[str, frozenset[str]] = {
    name: frozenset({"id", "archived_at", *fields}) for name, fields in _FIELDS.items()
}
"""The columns that the index is made of, by entity."""

_START = "\ue000"  # stands before a field's first characters, and after the last field
_BLANK = "\ue120"  # stands for a blank, which would end a token
_CONTROL = dict.fromkeys((*range(32), 127), " ")
_SIGNS = "".join(chr(code) for code in range(33, 127) if not chr(code).isalnum())
_TOKENIZE = "ascii tokenchars '{}'".format(_SIGNS.replace("'", "''")).replace('"', '""')
_BATCH = 500


def create_tables(connection: Connection, entities: Sequence[str] = ENTITIES) -> None:
    """Create the empty index."""
    for name in entities:
        connection.execute(
            f"CREATE TABLE search_{name}"
            " (n INTEGER PRIMARY KEY, row_id CHAR(36) NOT NULL UNIQUE, text TEXT NOT NULL,"
            " leftovers INTEGER NOT NULL DEFAULT 0)"
        )
        connection.execute(
            f"CREATE VIRTUAL TABLE search_{name}_token USING fts5"
            f"(token, content='', detail=none, columnsize=0, tokenize=\"{_TOKENIZE}\")"
        )


def attach(sessions: sessionmaker[Session]) -> None:
    """Keep the index current with what sessions of this maker write."""
    event.listen(sessions, "after_flush", _on_flush)


def index_rows(connection: Connection, entity: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Index stored rows (column name -> value) after they and their parts were written.

    Entities that are not searched and archived rows are fine to pass: the first are
    ignored, the second leave the index.
    """
    if entity not in _FIELDS:
        return
    for some in _batched(rows, _BATCH):
        living = [row for row in some if row.get("archived_at") is None]
        texts = dict(zip((str(r["id"]) for r in living), _texts(connection, entity, living), strict=True))
        dead = [str(row["id"]) for row in some if str(row["id"]) not in texts]
        forget(connection, entity, dead)
        _store(connection, entity, texts)


def forget(connection: Connection, entity: str, ids: Iterable[UUID | str]) -> None:
    """Take rows out of the index, leaving no token behind.

    A changed row's former tokens are only marked as gone, which is ten times faster; if one of
    these leaves, the index is written anew without what is marked.
    """
    if entity not in _FIELDS:
        return
    for some in _batched((str(i) for i in ids), _BATCH):
        known = _known(connection, entity, some)
        if known:
            _drop(connection, entity, known.values())


def rebuild(connection: Connection, entities: Sequence[str] = ENTITIES) -> None:
    """Make the index again from the tables."""
    for name in entities:
        for table in (f"search_{name}_token", f"search_{name}"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
    create_tables(connection, entities)
    for name in entities:
        _build(connection, name)


def _build(connection: Connection, entity: str) -> None:
    """Index every living row of an entity of which nothing is indexed yet: the fast way."""
    n = 0
    reader = connection.execute(f"SELECT {_columns(entity)} FROM {entity} WHERE archived_at IS NULL")
    while some := reader.fetchmany(_BATCH):
        texts = list(_texts(connection, entity, list(_as_rows(entity, some))))
        rows = [(n + i, row[0], text) for i, (row, text) in enumerate(zip(some, texts, strict=True), 1)]
        _insert(connection, entity, rows)
        n += len(rows)


def find(session: Session, entity: str, text: str, limit: int = 50) -> list[UUID]:
    """Return the ids of rows that contain ``text``, those that begin with it first.

    When the whole text is nowhere, rows that contain each of its words count.
    """
    needle = fold(text)
    if not needle or limit <= 0:
        return []
    found = _matches(session, entity, [needle], limit, start=True)
    if len(found) < limit:
        found |= _matches(session, entity, [needle], limit, start=False)
    words = needle.split()
    if not found and len(words) > 1:
        found = _matches(session, entity, words, limit, start=False)
    return [UUID(row_id) for row_id in list(found)[:limit]]


def fold(text: str) -> str:
    """Return text as it is compared: width and case do not matter, nor spaces around it."""
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return (folded if folded.isprintable() else folded.translate(_CONTROL)).strip()


def _matches(
    session: Session, entity: str, pieces: Sequence[str], limit: int, *, start: bool
) -> dict[str, None]:
    """Return row ids in order of rank; begins-with answers are ranked by how much of a field they are."""
    match = " AND ".join(token for piece in pieces for token in _asked(piece, start=start))
    lead = "\n" if start else ""
    holds = " AND instr(char(10) || s.text, ?) > 0" * len(pieces)
    rows = session.connection().exec_driver_sql(
        f"SELECT s.row_id, s.text FROM search_{entity}_token t JOIN search_{entity} s ON s.n = t.rowid"
        f" WHERE search_{entity}_token MATCH ?{holds} LIMIT ?",
        (match, *(lead + piece for piece in pieces), 4 * limit if start else limit),
    )
    if not start:
        return {row_id: None for row_id, _ in rows}
    ranked = sorted(rows, key=lambda row: _rank(row[1], pieces[0]))
    return {row_id: None for row_id, _ in ranked}


def _rank(text: str, piece: str) -> tuple[int, int]:
    """Sort by the first field that begins with ``piece``: whole fields first, then by their place."""
    for place, field in enumerate(text.split("\n")):
        if field.startswith(piece):
            return (0 if field == piece else 1, place)
    return (2, 0)


def _asked(piece: str, *, start: bool) -> Iterator[str]:
    """Yield the FTS5 terms that every row containing ``piece`` has."""
    safe = piece.replace(" ", _BLANK)
    if start:
        yield _term(_START + safe[:2])
    elif len(safe) == 1:
        yield f"{_term(safe)} *"
    for pair in dict.fromkeys(map(add, safe, safe[1:])):
        yield _term(pair)


def _term(token: str) -> str:
    return '"' + token.replace('"', '""') + '"'


def _tokens(text: str) -> str:
    """Return the tokens of a row's text: pairs of characters, and how each field begins.

    The mark that begins a field also ends the one before, so that a last character begins a
    pair too. Characters are paired as numbers: the same in Python strings takes three times as long.
    """
    marked = _marked(text)
    codes = array("I", marked.encode("utf-32-le"))
    pairs = array("I", (ord(" "),)) * (3 * len(codes) - 3)
    pairs[0::3], pairs[1::3] = codes[:-1], codes[1:]
    begins = " ".join([_START + field[:2] for field in marked[1:-1].split(_START)])
    return pairs.tobytes().decode("utf-32-le") + begins


def _marked(text: str) -> str:
    return f"{_START}{text}{_START}".replace(" ", _BLANK).replace("\n", _START)


def _only_in(text: str, other: str) -> str:
    """Return the tokens that ``text`` has and ``other`` has not.

    A token is of one field, so only fields that differ are cut up; and where it is a token
    it is to be seen in the marked text.
    """
    if not text or not other:
        return " ".join(_different(text) - _different(other))
    there, marked = other.split("\n"), _marked(other)
    tokens: set[str] = set()
    for field in text.split("\n"):
        if field not in there:
            alone = _marked(field)
            tokens.update(map(add, alone, alone[1:]))
            tokens.add(alone[:-1][:3])
    return " ".join([token for token in tokens if token not in marked])


def _different(text: str) -> set[str]:
    """Return the tokens of a row's text once each: a deletion of one that is gone is corruption to FTS5."""
    return set(_tokens(text).split(" "))


def _texts(connection: Connection, entity: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    barcodes = _barcodes(connection, [str(row["id"]) for row in rows]) if entity == "product" else {}
    for row in rows:
        plain = [fold(str(row.get(name) or "")).replace("\n", " ") for name in _FIELDS[entity]]
        plain += pinyin.spellings(plain[0], whole=entity in _SPELLED_WHOLE)
        plain += barcodes.get(str(row["id"]), ())
        yield "\n".join(filter(None, plain))


def _barcodes(connection: Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    marks = ",".join("?" * len(ids))
    for product_id, barcode in connection.execute(
        f"SELECT product_id, barcode FROM product_unit WHERE barcode <> '' AND product_id IN ({marks})", ids
    ):
        found.setdefault(product_id, []).append(fold(barcode))
    return found


def _store(connection: Connection, entity: str, texts: Mapping[str, str]) -> None:
    known = _known(connection, entity, list(texts))
    _change(connection, entity, {known[i][0]: (known[i][1], text) for i, text in texts.items() if i in known})
    first = connection.execute(f"SELECT coalesce(max(n), 0) + 1 FROM search_{entity}").fetchone()[0]
    fresh = [row_id for row_id in texts if row_id not in known]
    _insert(connection, entity, [(first + i, row_id, texts[row_id]) for i, row_id in enumerate(fresh)])


def _insert(connection: Connection, entity: str, rows: Sequence[tuple[int, str, str]]) -> None:
    connection.executemany(f"INSERT INTO search_{entity}(n, row_id, text) VALUES (?, ?, ?)", rows)
    connection.executemany(
        f"INSERT INTO search_{entity}_token(rowid, token) VALUES (?, ?)",
        [(n, _tokens(text)) for n, _, text in rows],
    )


def _change(connection: Connection, entity: str, texts: Mapping[int, tuple[str, str]]) -> None:
    """Take out and put in only the tokens that differ: (old, new) by number, in rising order."""
    lost, won, written = [], [], []
    for n, (old, new) in sorted(texts.items()):
        if old == new:
            continue
        lost.append((n, _only_in(old, new)))
        won.append((n, _only_in(new, old)))
        written.append((new, n))
    table = f"search_{entity}_token"
    connection.executemany(f"INSERT INTO {table}({table}, rowid, token) VALUES ('delete', ?, ?)", lost)
    connection.executemany(f"INSERT INTO {table}(rowid, token) VALUES (?, ?)", won)
    connection.executemany(f"UPDATE search_{entity} SET text = ?, leftovers = 1 WHERE n = ?", written)


def _known(connection: Connection, entity: str, ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    marks = ",".join("?" * len(ids))
    rows = connection.execute(f"SELECT row_id, n, text FROM search_{entity} WHERE row_id IN ({marks})", ids)
    return {row_id: (n, text) for row_id, n, text in rows}


def _drop(connection: Connection, entity: str, entries: Iterable[tuple[int, str]]) -> None:
    table, gone = f"search_{entity}_token", list(entries)
    connection.execute(f"INSERT INTO {table}({table}, rank) VALUES ('secure-delete', 1)")
    connection.executemany(
        f"INSERT INTO {table}({table}, rowid, token) VALUES ('delete', ?, ?)",
        [(n, " ".join(_different(text))) for n, text in gone],
    )
    connection.execute(f"INSERT INTO {table}({table}, rank) VALUES ('secure-delete', 0)")
    marks = ",".join("?" * len(gone))
    keys = [n for n, _ in gone]
    query = f"SELECT max(leftovers) FROM search_{entity} WHERE n IN ({marks})"
    [has_leftovers] = connection.execute(query, keys).fetchone()
    connection.execute(f"DELETE FROM search_{entity} WHERE n IN ({marks})", keys)
    if has_leftovers:
        connection.execute(f"INSERT INTO {table}({table}) VALUES ('optimize')")
        connection.execute(f"UPDATE search_{entity} SET leftovers = 0 WHERE leftovers = 1")


def _on_flush(session: Session, _context: UOWTransaction) -> None:
    touched: dict[str, set[str]] = {}
    for row in (*session.new, *session.dirty, *session.deleted):
        name, key = row.__table__.name, row.__dict__.get("id")
        if owners().get(name) == "product":
            name, key = "product", row.product_id
        if name in _FIELDS:
            touched.setdefault(name, set()).add(str(key))
    if touched:
        raw: Any = session.connection().connection.dbapi_connection
        for name, ids in touched.items():
            _refresh(raw, name, list(ids))


def _refresh(connection: Connection, entity: str, ids: Sequence[str]) -> None:
    for some in _batched(ids, _BATCH):
        marks = ",".join("?" * len(some))
        reader = connection.execute(f"SELECT {_columns(entity)} FROM {entity} WHERE id IN ({marks})", some)
        rows = list(_as_rows(entity, reader))
        forget(connection, entity, set(some) - {row["id"] for row in rows})
        index_rows(connection, entity, rows)


def _columns(entity: str) -> str:
    return ", ".join(("id", "archived_at", *_FIELDS[entity]))


def _as_rows(entity: str, reader: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    names = ("id", "archived_at", *_FIELDS[entity])
    return (dict(zip(names, row, strict=True)) for row in reader)


def _batched(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
