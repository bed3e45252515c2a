"""``python -m fieldcrm``: opens the window, or works without one.

``sync``, ``backup FILE``, ``doctor``, ``rescue``, ``receipt FILE`` and ``export FOLDER`` use the same
profiles as the window, print plain text or, with ``--json``, one line of JSON, and end with 0 (done), 1
(could not), 2 (wrongly called) or 3 (offline). A passphrase comes from the environment
(FIELDCRM_PASSPHRASE) or is asked for, never from the command line.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fieldcrm
from fieldcrm import settings
from fieldcrm.errors import Damaged, FieldCrmError, NotFound, Offline

if TYPE_CHECKING:
    from fieldcrm.laptop import Laptop
    from fieldcrm.storage.profiles import Profile

Facts = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks and return the exit code."""
    asked = _parser().parse_args(arguments)
    if asked.command is None:
        from fieldcrm import app

        return app.run(server=asked.server or "")
    commands: dict[str, Callable[[argparse.Namespace], Facts]] = {
        "sync": _sync, "backup": _backup, "doctor": _doctor, "export": _export, "receipt": _receipt,
        "rescue": _rescue,
    }  # fmt: skip
    _speak()
    try:
        facts = commands[asked.command](asked)
    except FieldCrmError as error:
        from fieldcrm.ui import errors

        _print(
            {"done": False, "error": error.code, "message": errors.worded(error).whole}, as_json=asked.json
        )
        return 3 if isinstance(error, Offline) else 1
    _print(facts, as_json=asked.json)
    return 0 if facts["done"] else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("fieldcrm", description="Offline-first CRM for field sales.")
    parser.add_argument("--version", action="version", version=fieldcrm.__version__)
    parser.add_argument("--server", help="the server's address, filled into the sign-in form")
    commands = parser.add_subparsers(dest="command")
    _command(commands, "sync", "send and fetch now")
    _command(commands, "backup", "write an encrypted copy of the database").add_argument("file", type=Path)
    doctor = _command(commands, "doctor", "check the installation and the database")
    doctor.add_argument("--deep", action="store_true", help="compare every record with the server too")
    rescue = _command(commands, "rescue", "read unsent work out of a damaged file and start afresh")
    rescue.add_argument("--parcel", type=Path, help="only seal it into this file, which the office opens")
    _command(commands, "receipt", "check a receipt that somebody shows").add_argument("file", type=Path)
    _command(commands, "export", "write the accounts as XLSX").add_argument("folder", type=Path)
    return parser


def _command(commands: Any, name: str, help: str) -> argparse.ArgumentParser:  # noqa: A002
    made: argparse.ArgumentParser = commands.add_parser(name, help=help)
    made.add_argument("--json", action="store_true", help="print one line of JSON")
    made.add_argument("--user", help="whose profile, when there are several")
    return made


def _speak() -> None:
    from fieldcrm.ui import i18n
    from fieldcrm.ui.preferences import Preferences

    i18n.set_language(Preferences(settings.home()).language)


def _print(facts: Facts, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(facts, ensure_ascii=False, default=str) + "\n")
        return
    for name, value in facts.items():
        sys.stdout.write(f"{name}: {value}\n")


def _opened(asked: argparse.Namespace) -> Laptop:
    from fieldcrm import laptop

    return laptop.open_profile(settings.home(), *_who(asked))


def _who(asked: argparse.Namespace) -> tuple[Profile, str | None]:
    """Return whose profile is meant, and the passphrase if it has one."""
    from fieldcrm import laptop

    home = settings.home()
    profiles = [each for each in laptop.known(home) if asked.user in (None, each.login)]
    if not profiles:
        raise NotFound("profile", asked.user or "")
    words = None
    if profiles[0].unlock == "passphrase":
        words = os.environ.get("FIELDCRM_PASSPHRASE") or getpass.getpass("Passphrase: ")
    return profiles[0], words


def _sync(asked: argparse.Namespace) -> Facts:
    from fieldcrm import afresh

    opened = _opened(asked)
    try:
        report = opened.engine.cycle(asked=True)
        if afresh.bring_back(opened):
            report = opened.engine.cycle(asked=True)
        return {
            "done": report.up_to_date, "pushed": report.pushed, "rows": report.rows, "photos": report.photos,
            "conflicts": report.conflicts, "refused": report.rejected,
        }  # fmt: skip
    finally:
        opened.close()


def _backup(asked: argparse.Namespace) -> Facts:
    from fieldcrm.storage import backup

    opened = _opened(asked)
    try:
        backup.backup(opened.database, asked.file)
        return {"done": True, "bytes": asked.file.stat().st_size}
    finally:
        opened.close()


def _deep(opened: Laptop) -> Facts:
    """Compare every record with the server, and mend what differs."""
    from fieldcrm.sync import digest

    with opened.database.writing() as session:
        digest.want(session)
    opened.engine.cycle()
    with opened.database.reading() as session:
        found = digest.last(session)
    return {"checked": bool(found)} | {f"records_{name}": count for name, count in found.items()}


def _doctor(asked: argparse.Namespace) -> Facts:
    from fieldcrm import laptop
    from fieldcrm.rules import chain as chains
    from fieldcrm.storage import key
    from fieldcrm.sync import chain, receipts, status

    home = settings.home()
    facts: Facts = {
        "done": True, "version": fieldcrm.__version__, "python": sys.version.split()[0],
        "keyring": key.has_keyring(), "free_megabytes": laptop.free_space(home) // 1_000_000,
        "profiles": len(laptop.known(home)),
    }  # fmt: skip
    if not facts["profiles"]:
        return facts
    opened = _opened(asked)
    try:
        facts["database"] = next(iter(opened.problems()), "ok")
        with opened.database.reading() as session:
            badge = status.badge(session)
            tokens = opened.remote.tokens
            kept, wrong = receipts.count(session, tokens.server_key if tokens else "")
            sealed, broken = chain.check(session)
        facts |= {"receipts": kept, "receipts_that_do_not_hold": wrong}
        facts |= {"things_waiting": badge.things, "waiting": badge.waiting, "photos_waiting": badge.photos}
        facts |= {"needs_attention": badge.attention, "last_sync": badge.last_sync_at}
        facts |= {"visit_events": sealed, "first_broken_event": chains.named(broken)}
        facts["done"] = facts["database"] == "ok" and not wrong and not broken
        return facts | (_deep(opened) if asked.deep else {})
    finally:
        opened.close()


def _rescue(asked: argparse.Namespace) -> Facts:
    """Rescue a damaged file's unsent work; a sound one is left alone. ``sync`` goes on after signing in."""
    from fieldcrm import afresh, laptop

    home, (profile, words) = settings.home(), _who(asked)
    key, _ = laptop.unlocked(home, profile, words)
    if _is_sound(profile, words):
        return {"done": False, "damaged": False}
    if asked.parcel:
        found = afresh.seal_for_office(home, profile, key, asked.parcel)
    else:
        found = afresh.rescue(home, profile, key)
    return {"done": True, "damaged": True} | asdict(found)


def _is_sound(profile: Profile, words: str | None) -> bool:
    from fieldcrm import laptop

    try:
        opened = laptop.open_profile(settings.home(), profile, words)
    except Damaged:
        return False
    try:
        return not opened.problems()
    finally:
        opened.close()


def _receipt(asked: argparse.Namespace) -> Facts:
    """Check a receipt by itself; whose key it names is for the reader to compare with the server's."""
    from fieldcrm.sync import receipts

    lines, at, server_key = receipts.check_file(asked.file.read_bytes())
    return {
        "done": True, "stored_at": at, "server_key": server_key,
        "changes": [f"{line.mutation_id} {line.outcome} v{line.version}" for line in lines],
    }  # fmt: skip


def _export(asked: argparse.Namespace) -> Facts:
    from sqlalchemy import select

    from fieldcrm.model.accounts import Account
    from fieldcrm.services import account_exports

    opened = _opened(asked)
    try:
        asked.folder.mkdir(parents=True, exist_ok=True)
        file = asked.folder / "accounts.xlsx"
        with opened.database.reading() as session:
            wanted = session.scalars(
                select(Account.id).where(Account.archived_at.is_(None)).order_by(Account.code)
            )
            rows = account_exports.lines(session, wanted.all())
            number = account_exports.write_xlsx(file, account_exports.FIELDS, rows)
        return {"done": True, "accounts": number, "file": file.name}
    finally:
        opened.close()
