"""Loads a sheet into the record: all of it or nothing, through the ordinary decisions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from api.importing.keys import CommandIds, Keys
from api.importing.listing import write_list
from api.importing.problems import FilesRefused, Problem, Problems, shown
from api.sheets.attendance import ATTENDANCE
from api.sheets.career import CAREER_SHEET
from api.sheets.coaching import COACHING_SHEET
from api.sheets.names import identify
from api.sheets.projects import PROJECTS
from api.sheets.secondments import SECONDMENTS
from api.sheets.sheet import FACT, ON, Row, Sheet, read
from domain.career import (
    BandsNotOrdered,
    DeclaredWithoutEvidence,
    NoSuchBand,
    NotAHigherBand,
    NotAPromotion,
    OnlyActingUp,
    ProgressionInTraining,
    RemitNeedsASource,
    RoleNotHeld,
)
from domain.coaching import OwnCoach
from domain.event import Stated
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import PlaceNotAccepted
from domain.independence import CoachAssesses, CoachIsLineManager, TwoCoaches
from domain.participation import AfterTheLastDay
from domain.project import CycleAlreadyConcluded
from domain.refusal import InTheFuture, NothingRecorded, Refusal
from domain.secondment_state import ReleasedAboveContracted, ReleaseDatesOutOfOrder
from domain.session_state import (
    AlreadyAGuest,
    AlreadyMarked,
    IsExpected,
    LongerThanTheSession,
    NotExpected,
    PartNeedsMinutes,
)
from domain.values import Id
from infra.log.accepted import accepted
from infra.log.batch import Batch
from infra.log.combining import Busy
from infra.log.command import AnotherRequest, Command, Entering, KeyTaken, Receipt, Stale
from infra.log.desk import Act
from infra.log.event_log import EventLog, Outcome
from infra.postgres.alone import alone
from infra.postgres.database import Pool
from infra.settings import Secret

PRINCIPAL = "import:csv"
"""Whose commands an import's are."""
SHEETS: Mapping[str, Sheet] = {
    sheet.name: sheet for sheet in (SECONDMENTS, ATTENDANCE, COACHING_SHEET, PROJECTS, CAREER_SHEET)
}
CHANGED = "said something else when it was entered, which stands: enter a correction to change it"


_ABOUT: Mapping[type[Refusal], str] = {
    AfterTheLastDay: "fellowship_id",
    AlreadyAGuest: "fellowship_id",
    AlreadyMarked: "fellowship_id",
    BandsNotOrdered: "band",
    CoachAssesses: "coach_id",
    CoachIsLineManager: "coach_id",
    CycleAlreadyConcluded: "cycle",
    DeclaredWithoutEvidence: "evidence",
    InTheFuture: ON,
    IsExpected: "fellowship_id",
    LongerThanTheSession: "minutes",
    NoSuchBand: "band",
    NotAHigherBand: "band",
    NotAPromotion: "band",
    NotExpected: "fellowship_id",
    OnlyActingUp: "role",
    OwnCoach: "coach_id",
    PartNeedsMinutes: "minutes",
    PlaceNotAccepted: ON,
    ReleasedAboveContracted: "released_wte",
    ProgressionInTraining: "band",
    ReleaseDatesOutOfOrder: "ends_on",
    RemitNeedsASource: "qi_remit_source",
    RoleNotHeld: "role",
    TwoCoaches: "coach_id",
}
"""The column that some refusals are about."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file: its rows, how many were entered now, or would be in a dry run, and what was odd."""

    rows: int
    entered: int
    there_before: int
    irregularities: Mapping[str, int]
    dry_run: bool

    def summary(self) -> str:
        """The account, to be shown to a person."""
        said = "would be recorded" if self.dry_run else "recorded"
        lines = [f"{self.rows:,} rows: {self.entered:,} {said}, {self.there_before:,} were on the record before."]
        lines += [
            f"{count:,} listed as irregular: {code.replace('_', ' ')}." for code, count in self.irregularities.items()
        ]
        return "\n".join(lines)


def load_sheet(
    path: Path,
    sheet: Sheet,
    log: EventLog,
    pool: Pool,
    secret: Secret,
    *,
    dry_run: bool = False,
    list_to: Path | None = None,
) -> Loaded:
    """Enter every row of a file that is not on the record yet, or none where any has a problem.

    In a dry run everything is decided and nothing is written. The problems go to `list_to` too. Raises FilesRefused,
    AlreadyRunning and Busy, and OSError where the list cannot be written.
    """
    if list_to is not None:
        list_to.touch()
    problems: Sequence[Problem] = ()
    try:
        with nullcontext() if dry_run else alone(pool, PRINCIPAL):
            return _Load(path, sheet, log, pool, secret).run(dry_run=dry_run)
    except FilesRefused as refused:
        problems = refused.problems
        raise
    finally:
        if list_to is not None:
            write_list(list_to, Problem._fields, problems)


class _Load:
    def __init__(self, path: Path, sheet: Sheet, log: EventLog, pool: Pool, secret: Secret) -> None:
        self._path, self._sheet, self._log = path, sheet, log
        self._keys = Keys(log, pool)
        self._commands = CommandIds(secret, PRINCIPAL)
        self._recorded = accepted(pool, PRINCIPAL)

    def run(self, *, dry_run: bool) -> Loaded:
        """Read, check, rehearse, and then record all that was rehearsed."""
        problems = Problems()
        found = read(self._path, self._sheet, problems)
        problems.refuse()
        identify(found, self._sheet, self._path.name, self._keys, problems)
        fresh = [(row, command) for row in found if (command := self._fresh(row, problems)) is not None]
        self._undoing([row for row, _ in fresh], problems)
        problems.refuse()
        self._log.read_ahead((FELLOWSHIP, row["fellowship_id"]) for row, _ in fresh if row["fellowship_id"])
        if self._sheet.subject is not None:
            column, _, stream = self._sheet.subject
            self._log.read_ahead((stream, row[column]) for row, _ in fresh)
        commands = [(command, self._act(row)) for row, command in fresh]
        self._check(fresh, self._log.rehearse(commands, Batch()))
        irregular: Counter[str] = Counter()
        if not dry_run and commands:
            outcomes = self._log.decide_all(commands)
            for outcome in outcomes:
                if isinstance(outcome, Receipt):
                    irregular.update(outcome.irregularities)
            # What was rehearsed is refused only where others recorded something that contradicts it meanwhile.
            self._check(fresh, outcomes)
        return Loaded(len(found), len(fresh), len(found) - len(fresh), irregular, dry_run)

    def _act(self, row: Row) -> Act:
        return lambda desk: row.telling.enter(desk, row)

    def _fresh(self, row: Row, problems: Problems) -> Command | None:
        """The command that enters a row, unless an earlier run did; one that said something else then is a problem."""
        command_id = self._commands.of(*row.identity(self._sheet))
        body = row.body()
        recorded = self._recorded.get(command_id)
        if recorded is None:
            # The name of the file is not stated: people put people's names in it.
            source = f"csv/{self._sheet.name} row {row.number}"
            evidence = () if row["evidence"] is None else (row["evidence"],)
            stated = Stated(self._commands.actor(), source=source, reason=row["reason"], evidence=evidence)
            return Command(PRINCIPAL, command_id, body, stated, Entering.IMPORT)
        if recorded != self._log.request_hash(body):
            problems.add(self._path.name, row.number, FACT, CHANGED)
        return None

    def _undoing(self, fresh: Sequence[Row], problems: Problems) -> None:
        """A row undoes what earlier runs entered; what is entered together with it goes to `problems`."""
        for row in fresh:
            undone = [
                str(other.number)
                for other in sorted(fresh, key=lambda each: each.number)
                if other.telling.word in row.telling.undoes and other[self._sheet.about] == row[self._sheet.about]
            ]
            if undone:
                why = f"undoes what is not entered yet (row {', '.join(undone)}): take one or the other out"
                problems.add(self._path.name, row.number, FACT, why)

    def _check(self, fresh: Sequence[tuple[Row, Command]], outcomes: Sequence[Outcome | None]) -> None:
        problems = Problems()
        told = [(row, outcome) for (row, _), outcome in zip(fresh, outcomes, strict=True)]
        refused = [row for row, outcome in told if isinstance(outcome, Refusal)]
        for row, outcome in sorted(told, key=lambda each: each[0].number):
            match outcome:
                case Refusal():
                    problems.add(self._path.name, row.number, *self._told(row, outcome, refused))
                case AnotherRequest():
                    problems.add(self._path.name, row.number, FACT, CHANGED)
                case KeyTaken() | Stale() | Busy():
                    raise outcome
                case None | Receipt():
                    pass
        problems.refuse()

    def _told(self, row: Row, refusal: Refusal, refused: Sequence[Row]) -> tuple[str, str]:
        """The column that a refusal is about, and what is wrong; said to follow from another row where it may."""
        about, earlier = self._sheet.about, self._in_the_way(row, refused)
        if earlier is not None and earlier.telling.opens and isinstance(refusal, NothingRecorded):
            # The refusal would name what the record knows nothing of, by an identifier made up for it.
            code = shown(str(row.values[about]))
            return about, f"{code} is not there because of row {earlier.number}: put that right first."
        why = f"{refusal.explanation()} {refusal.detail}".rstrip()
        if earlier is not None:
            why = f"{why} It may be only because of row {earlier.number}: put that right first."
        return _column(row, refusal), why

    def _in_the_way(self, row: Row, refused: Sequence[Row]) -> Row | None:
        """The first refused row that this one may rest on: another kind of fact about the same, entered before it.

        What is told of one fellow does not rest on what is told of another.
        """
        for earlier in refused[: refused.index(row)]:
            of_both = {each["fellowship_id"] for each in (earlier, row)} - {None}
            same = earlier[self._sheet.about] == row[self._sheet.about]
            if same and len(of_both) < 2 and earlier.telling.word != row.telling.word:
                return earlier
        return None


def _column(row: Row, refusal: Refusal) -> str:
    """The column that holds what a refusal is about, else the one that says which fact it is."""
    named = (column for column, value in row.values.items() if isinstance(value, Id) and value in refusal.detail)
    about = next(named, _ABOUT.get(type(refusal), FACT))
    told = row.values.get(about) is not None or (about != ON and about in row.telling.takes)
    return about if told else FACT
