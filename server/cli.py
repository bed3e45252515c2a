"""``python -m server``: every command, its words, and which function does it.

Answers go to standard output as JSON lines, so scripts can read them; logs and mistakes go
to standard error. A password is read from standard input or made up, never an argument.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from fieldcrm.errors import FieldCrmError
from fieldcrm.model.users import Role
from server.settings import Settings, from_environment

Command = Callable[[Settings, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        command: Command = asked.command
        return command(_settings(asked), asked)
    except FieldCrmError as error:
        facts = {key: str(value) for key, value in error.data.items()}
        print(json.dumps({"error": error.code, **facts}, ensure_ascii=False), file=sys.stderr)
        return 2


def _settings(asked: argparse.Namespace) -> Settings:
    told = from_environment(os.environ)
    return Settings(
        data=asked.data or told.data,
        database=told.database if asked.database is None else asked.database,
        host=getattr(asked, "host", told.host),
        port=getattr(asked, "port", told.port),
        workers=getattr(asked, "workers", told.workers),
        trusted_proxies=tuple(getattr(asked, "trusted_proxy", None) or told.trusted_proxies),
    )


def _parser() -> argparse.ArgumentParser:
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument("--database", metavar="URL", help="sqlite:///FILE or postgresql+psycopg://…")
    place.add_argument("--data", metavar="DIR", type=Path, help="the folder of this installation")
    parser = argparse.ArgumentParser(prog="python -m server", description="The fieldcrm companion server.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Command, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, parents=[place], help=about, description=about)
        made.set_defaults(command=run)
        return made

    _serving(command)
    _upkeep(command)
    _people(commands, place)
    demo = command("demo", _demo, "fill an empty database with the demo company")
    demo.add_argument("--size", choices=("small", "medium", "large"), default="small")
    demo.add_argument("--seed", type=int, default=1)
    return parser


def _serving(command: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    serve = command("serve", _serve, "serve until told to stop; prints one JSON line when ready")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000, help="0 picks a free one")
    serve.add_argument("--workers", type=int, default=1)
    serve.add_argument("--trusted-proxy", action="append", metavar="ADDRESS",
                       help="believe X-Forwarded-For from here; may be repeated")  # fmt: skip
    work = command("work", _work, "one worker of several; started by serve")
    work.add_argument("--number", type=int, required=True)
    work.add_argument("--socket", type=int, required=True)


def _upkeep(command: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    command("migrate", _migrate, "bring the database to this version")
    command("backup", _backup, "write database and files into one archive").add_argument("file", type=Path)
    restore = command("restore", _restore, "put a backup in place; begins a new epoch")
    restore.add_argument("file", type=Path)
    doctor = command("doctor", _doctor, "check schema, integrity, backlog, files; exit code 1 if not well")
    doctor.add_argument("--deep", action="store_true", help="also hash every file again")
    doctor.add_argument("--repair", action="store_true", help="first mend what is safe: deletes nothing")


def _people(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], place: argparse.ArgumentParser
) -> None:
    def group(noun: str, about: str) -> Callable[..., argparse.ArgumentParser]:
        verbs = commands.add_parser(noun, help=about).add_subparsers(required=True, metavar="VERB")

        def verb(name: str) -> argparse.ArgumentParser:
            made = verbs.add_parser(name, parents=[place])
            made.set_defaults(command=_people_command, noun=noun, verb=name)
            return made

        return verb

    user = group("user", "users: add, list, passwd, deactivate, activate")
    add = user("add")
    add.add_argument("login")
    add.add_argument("--name", required=True)
    add.add_argument("--role", choices=[str(role) for role in Role], required=True)
    add.add_argument("--territory", metavar="CODE")
    add.add_argument("--title", default="")
    passwd = user("passwd")
    passwd.add_argument("login")
    for made in (add, passwd):
        made.add_argument("--password-stdin", action="store_true", help="read it from standard input")
    user("list")
    user("deactivate").add_argument("login")
    user("activate").add_argument("login")
    device = group("device", "devices: list, leaver, lost (revoke), restore, parcels")
    listed = device("list")
    listed.add_argument("--user", metavar="LOGIN")
    listed.add_argument("--state", choices=("active", "push_only", "revoked_wipe"), default="")
    for name in ("revoke", "lost", "leaver", "restore"):
        device(name).add_argument("id", type=UUID)
    sealed = device("parcels")
    sealed.add_argument("id", type=UUID, nargs="?", help="say what is in this parcel")
    sealed.add_argument("--replay", action="store_true", help="put it into quarantine for review")
    sealed.add_argument("--take", type=Path, metavar="FILE", help="take in a parcel that came by hand")
    sealed.add_argument("--from", type=UUID, dest="of", metavar="DEVICE", help="whose laptop it came from")
    territory = group("territory", "territories: add, list, move")
    made = territory("add")
    made.add_argument("code")
    made.add_argument("--name", required=True)
    made.add_argument("--parent", metavar="CODE")
    territory("list")
    moved = territory("move")
    moved.add_argument("code")
    moved.add_argument("--parent", metavar="CODE", help="without it the territory becomes a root")


# Each command imports what it needs: ``user list`` must not start a web framework.


def _serve(settings: Settings, _asked: argparse.Namespace) -> int:
    from server import serving

    return serving.serve(settings)


def _work(settings: Settings, asked: argparse.Namespace) -> int:
    from server import serving

    return serving.work_for_parent(settings, asked.number, asked.socket)


def _people_command(settings: Settings, asked: argparse.Namespace) -> int:
    from server import cli_people

    return cli_people.run(settings, asked)


def _migrate(settings: Settings, _asked: argparse.Namespace) -> int:
    from server import cli_upkeep

    return cli_upkeep.migrate(settings)


def _backup(settings: Settings, asked: argparse.Namespace) -> int:
    from server import cli_upkeep

    return cli_upkeep.backup(settings, asked.file)


def _restore(settings: Settings, asked: argparse.Namespace) -> int:
    from server import cli_upkeep

    return cli_upkeep.restore(settings, asked.file)


def _doctor(settings: Settings, asked: argparse.Namespace) -> int:
    from server import cli_upkeep

    return cli_upkeep.doctor(settings, deep=asked.deep, repair=asked.repair)


def _demo(settings: Settings, asked: argparse.Namespace) -> int:
    from server import demo

    settings = settings.prepared()
    asked.database, asked.data = settings.database_url, settings.data
    return demo.command(asked)
