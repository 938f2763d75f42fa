"""Loads a folder into the record: fact by fact in order of date, through the ordinary decisions."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from api.importing.entered import Entered, end
from api.importing.keys import CommandIds
from api.importing.problems import Problems
from api.oulad.entering import entry
from api.oulad.facts import Fact, Planned
from api.oulad.files import COURSES, Folder, read_folder
from api.oulad.identifiers import PRINCIPAL, Identifiers
from api.oulad.mapping import facts
from api.oulad.report import Report
from api.progress import progress
from domain.event import Stated
from domain.refusal import Refusal
from infra.log.accepted import accepted
from infra.log.batch import Batch
from infra.log.combining import Busy
from infra.log.command import AnotherRequest, Command, Entering, KeyTaken, Receipt, Stale
from infra.log.event_log import EventLog, Outcome
from infra.postgres.alone import alone
from infra.postgres.collecting import collecting_later
from infra.postgres.database import Pool
from infra.settings import Secret

AT_ONCE = 1_000
"""Commands decided and appended in one transaction."""
REASON = "imported"
"""The reason code of entries, which some cannot do without."""

T = TypeVar("T")


def load(
    folder: Folder,
    log: EventLog,
    pool: Pool,
    secret: Secret,
    *,
    dry_run: bool = False,
    at_once: int = AT_ONCE,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Enter everything a folder says that is not on the record yet, `at_once` facts a commit; account for every row.

    In a dry run everything is decided, on the record as it is and on one another, and nothing is written. `told` is
    called with the facts done and the facts there are. Raises FilesRefused where codes of the folder are taken,
    AlreadyRunning and Busy; a further run goes on where one stopped.
    """
    found, adjusted = facts(folder)
    report = Report(folder.counts(), dry_run)
    report.adjusted(adjusted)
    with nullcontext() if dry_run else alone(pool, PRINCIPAL), collecting_later(kept=True):
        before = end(pool)
        _Load(log, pool, secret, report, dry_run).run(found, at_once, told)
        report.entries = Entered.since(pool, PRINCIPAL, before)
    return report


def load_folder(
    path: Path,
    log: EventLog,
    pool: Pool,
    secret: Secret,
    console: Console,
    *,
    dry_run: bool = False,
    list_to: Path | None = None,
) -> Report:
    """Read, check and load a folder, showing progress and the account; rows not loaded as they stand go to `list_to`.

    Raises what `read_folder` and `load` raise, and OSError where the list cannot be written.
    """
    with console.status("Reading and checking the files"):
        folder = read_folder(path)
    if list_to is not None:
        # Better refused now than after minutes.
        list_to.touch()
    with progress(console, "Deciding" if dry_run else "Recording") as told:
        report = load(folder, log, pool, secret, dry_run=dry_run, told=told)
    console.print(report.summary())
    if list_to is not None:
        report.write(list_to)
    return report


class _Load:
    def __init__(self, log: EventLog, pool: Pool, secret: Secret, report: Report, dry_run: bool) -> None:
        self._log = log
        self._report = report
        self._ids = Identifiers(log, pool)
        self._commands = CommandIds(secret, PRINCIPAL)
        self._actor = self._commands.actor()
        self._recorded = accepted(pool, PRINCIPAL)
        self._batch = Batch() if dry_run else None

    def run(self, found: Sequence[Fact], at_once: int, told: Callable[[int, int], None]) -> None:
        """Enter facts in order, some at a time."""
        self._check_codes(found)
        told(0, len(found))
        done = 0
        for chunk in _chunks(found, at_once):
            commands = [(fact, self._command(fact)) for fact in chunk]
            self._enter([(fact, command) for fact, command in commands if not self._there(fact, command)])
            done += len(chunk)
            told(done, len(found))

    def _check_codes(self, found: Sequence[Fact]) -> None:
        """Refuse the folder where the record knows something else by the codes of its modules and presentations."""
        problems = Problems()
        for fact in found:
            if isinstance(fact, Planned) and (other := self._ids.other_with_code(fact.course.presentation)):
                problems.add(COURSES, fact.row, None, f"the record has {other}, which was not loaded from such files")
        problems.refuse()

    def _there(self, fact: Fact, command: Command) -> bool:
        """Whether a fact was recorded by an earlier run; one that said something else then is told as refused."""
        recorded = self._recorded.get(command.id)
        if recorded is None:
            return False
        if recorded == self._log.request_hash(command.body):
            self._report.there_before += 1
        else:
            self._changed(fact)
        return True

    def _enter(self, fresh: Sequence[tuple[Fact, Command]]) -> None:
        if not fresh:
            return
        entries = [entry(fact, self._ids) for fact, _ in fresh]
        self._log.read_ahead(read for _, reads in entries for read in reads)
        commands = [(command, act) for (_, command), (act, _) in zip(fresh, entries, strict=True)]
        if self._batch is None:
            outcomes: Sequence[Outcome | None] = self._log.decide_all(commands)
        else:
            outcomes = self._log.rehearse(commands, self._batch)
        for (fact, _), outcome in zip(fresh, outcomes, strict=True):
            self._account(fact, outcome)

    def _command(self, fact: Fact) -> Command:
        stated = Stated(actor=self._actor, source=f"oulad/{fact.file} row {fact.row}", reason=REASON)
        body = "\n".join(map(str, fact.body)).encode()
        return Command(
            PRINCIPAL, self._commands.of(type(fact).__name__.lower(), *fact.key), body, stated, Entering.IMPORT
        )

    def _account(self, fact: Fact, outcome: Outcome | None) -> None:
        match outcome:
            case None | Receipt():
                self._report.entered += 1
            case Refusal():
                why = f"{outcome.explanation()} {outcome.detail}".rstrip()
                self._report.refused(fact.file, fact.row, outcome.code(), why)
            case AnotherRequest():
                self._changed(fact)
            case KeyTaken() | Stale() | Busy():
                raise outcome

    def _changed(self, fact: Fact) -> None:
        why = "This said something else when it was loaded, which stands: enter a correction to change it."
        self._report.refused(fact.file, fact.row, "changed_since", why)


def _chunks(items: Sequence[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
