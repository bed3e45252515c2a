"""Runs an import from the file to the database, chunk by chunk; no widget in here.

The file is read twice: once to report (``dry_run``), once to write (``run``), with the same
rules and the same answer. Each chunk is one save, so stopping keeps what was written and
the undo knows every row of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from fieldcrm import clock
from fieldcrm.rules.importing import columns, lines
from fieldcrm.rules.importing.duplicates import Action, Known, Policy, Verdict, judged
from fieldcrm.rules.importing.lines import Candidate, Defaults, Finding, Weight
from fieldcrm.services import account_imports
from fieldcrm.services.account_imports import Undone
from fieldcrm.storage import import_log, sheets
from fieldcrm.storage.database import Database
from fieldcrm.storage.import_log import Run
from fieldcrm.storage.local import ImportState
from fieldcrm.storage.sheets import Sheet

CHUNK = 250
SAMPLES = 50
_TELL_EVERY = 500

Stop = Callable[[], bool]
Tell = Callable[["Progress"], object]


@dataclass(frozen=True, slots=True)
class Preview:
    """A file as the mapping step shows it; without a header the columns are numbered."""

    sheet: Sheet
    headers: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    has_header: bool
    mapping: dict[str, int]


@dataclass(frozen=True, slots=True)
class Job:
    """What to import and how."""

    sheet: Sheet
    mapping: Mapping[str, int]
    has_header: bool = True
    defaults: Defaults = field(default_factory=Defaults)
    policy: Policy = Policy.SKIP
    territory_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it has come; ``total`` 0 means nobody knows."""

    done: int
    total: int = 0


@dataclass(slots=True)
class Report:
    """What a dry run found, line by line, and how often each thing occurs."""

    lines: int = 0
    actions: Counter[Action] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    ranked: Sequence[Finding] = ()  # the same, the gravest first
    kinds: Counter[tuple[Weight, str, str]] = field(default_factory=Counter)
    stopped: bool = False

    def add(self, verdict: Verdict) -> None:
        """Count one line."""
        self.lines += 1
        self.actions[verdict.action] += 1
        self.findings += verdict.candidate.findings
        self.kinds.update((f.weight, f.field, f.code) for f in verdict.candidate.findings)

    @property
    def left_out(self) -> int:
        """Return how many lines stay out: wrong ones and ones we have."""
        return self.actions[Action.REJECT] + self.actions[Action.SKIP]


def preview(path: Path, sheet: Sheet | None = None) -> Preview:
    """Look at the beginning of a file and guess its columns; raises ``Invalid`` for an unusable one."""
    found = sheet or sheets.look(path)
    rows = [tuple(cells) for _, cells in islice(found.lines(), SAMPLES)]
    width = max((len(row) for row in rows), default=0)
    has_header = bool(rows) and columns.is_header(rows[0])
    headers = rows[0] if has_header else ("",) * width
    samples = tuple(rows[1:] if has_header else rows)
    padded = tuple(headers) + ("",) * (width - len(headers))
    return Preview(found, padded, samples, has_header, columns.guess(padded, samples))


def dry_run(database: Database, job: Job, stop: Stop, tell: Tell) -> Report:
    """Judge every line and change nothing."""
    with database.reading() as session:
        known = account_imports.known(session)
    report = Report()
    for verdict in _verdicts(job, known):
        report.add(verdict)
        if report.lines % _TELL_EVERY == 0:
            tell(Progress(report.lines))
            if stop():
                report.stopped = True
                break
    # Not sorted(): one call over so many findings would hold up the window.
    report.ranked = [f for weight in reversed(Weight) for f in report.findings if f.weight is weight]
    return report


def run(database: Database, job: Job, *, me: UUID, total: int, stop: Stop, tell: Tell) -> Run:
    """Write the good lines, a chunk at a time; stopping keeps what is written."""
    at = clock.now()
    with database.writing() as session:
        known = account_imports.known(session)
        run_id = import_log.begin(session, job.sheet.path.name, at)
    verdicts = _verdicts(job, known)
    state, done = ImportState.DONE, 0
    while chunk := list(islice(verdicts, CHUNK)):
        if stop():
            state = ImportState.STOPPED
            break
        with database.writing() as session:
            changes = account_imports.apply(session, chunk, me=me, territory_id=job.territory_id)
            left_out = sum(verdict.action in (Action.SKIP, Action.REJECT) for verdict in chunk)
            import_log.note(session, run_id, changes, left_out=left_out)
        done += len(chunk)
        tell(Progress(done, total))
    with database.writing() as session:
        return import_log.finish(session, run_id, state)


def undo(database: Database, run_id: UUID, *, at: datetime, stop: Stop, tell: Tell) -> Undone:
    """Take an import back as one action: archive what it created, restore what it changed."""
    result = Undone()
    while not stop():
        with database.writing() as session:
            changes = import_log.take_back(session, run_id, CHUNK)
            if not changes:
                import_log.finish(session, run_id, ImportState.UNDONE)
                break
            result += account_imports.undo(session, changes, at=at)
        tell(Progress(result.undone + result.kept))
    return result


def _verdicts(job: Job, known: Known) -> Iterator[Verdict]:
    return judged(_candidates(job), known, job.policy)


def _candidates(job: Job) -> Iterator[Candidate]:
    rows = job.sheet.lines()
    if job.has_header:
        next(rows, None)
    return (lines.read(number, cells, job.mapping, job.defaults) for number, cells in rows)
