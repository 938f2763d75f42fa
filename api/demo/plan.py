"""The plan of the demonstration: its first programme's four cohorts, and what befell their fellows.

A fellow for whom nothing is written here was offered, accepted and confirmed a place, started and completed on the
cohort's days, and each of that was entered at once.
"""

from datetime import date, timedelta
from typing import NamedTuple

from domain.cohort_state import WorkForm
from domain.event import How

SEED = 2012
"""The number that everything random here follows from."""

EARLIEST = date(2022, 1, 1)
"""The first day that the demonstration can take for today: by then all of the first programme is history."""
REVIEW = "review_of_the_record"
FILE = "paper_in_the_office_file"
WEEK = timedelta(days=7)


class Programme(NamedTuple):
    """A programme, the approval it is accredited under, and what it was adopted from, if it was."""

    code: str
    title: str
    established: date
    approval: str
    adopted_from: str | None = None


class Intake(NamedTuple):
    """A cohort, by its number within its programme, the version it follows being named alike; all its days."""

    programme: str
    number: int
    starts_on: date
    ends_on: date
    fellows: int
    capacity: int
    coaching_sessions: int
    set_meetings: int
    planned_on: date
    recruits_from: date
    offers_on: date
    recruits_until: date
    confirms_from: date
    goes_ahead_on: date
    closes_on: date

    @property
    def code(self) -> str:
        """The cohort's code."""
        return f"{self.programme}-{self.number}"

    def week(self, week: int, day: int = 0) -> date:
        """A day of the cohort's year: so many weeks and days after its first one."""
        return self.starts_on + week * WEEK + timedelta(days=day)


QIF = Programme("QIF", "Quality Improvement Fellowship", date(2011, 11, 14), "LQEH-2012-03")


def _qif(
    year: int, starts_on: date, ends_on: date, fellows: int, capacity: int, coaching_sessions: int, set_meetings: int
) -> Intake:
    return Intake(
        QIF.code,
        year,
        starts_on,
        ends_on,
        fellows,
        capacity,
        coaching_sessions,
        set_meetings,
        planned_on=date(year - 1, 11, 21),
        recruits_from=date(year, 3, 5),
        offers_on=date(year, 5, 14),
        recruits_until=date(year, 4, 20),
        confirms_from=date(year, 6, 20),
        goes_ahead_on=date(year, 7, 23),
        closes_on=date(year + 2, 3, 31),
    )


INTAKES = (
    _qif(2012, date(2012, 9, 3), date(2013, 8, 30), 14, 16, 4, 6),
    _qif(2013, date(2013, 9, 2), date(2014, 8, 29), 18, 20, 4, 6),
    _qif(2014, date(2014, 9, 1), date(2015, 8, 28), 19, 20, 6, 7),
    _qif(2015, date(2015, 9, 7), date(2016, 9, 2), 19, 19, 6, 8),
)


class Work(NamedTuple):
    """A piece of work that every cohort is asked for, and in which week of its year it is due."""

    title: str
    form: WorkForm
    week: int
    weight: int


WORKS = (
    Work("Learning portfolio", WorkForm.ASSIGNMENT, 23, 30),
    Work("Presentation to the partners", WorkForm.PRESENTATION, 36, 10),
    Work("Improvement project report", WorkForm.PROJECT_REPORT, 45, 60),
)


class Case(NamedTuple):
    """One thing that befell a fellow of a cohort: what, when, and when it was entered.

    `happened` is a day, a month or a year. `entered` is empty where it was entered as it happened. `reason` is the
    coded reason of the fact, `why` the code of why the past was changed. `how` tells that it changes an earlier entry:
    of the same kind, or of the kind `of`. Cases of one cohort with the same `together` are entered in one command.
    """

    cohort: int
    fellow: int
    what: str
    happened: str
    entered: str = ""
    reason: str = ""
    source: str = ""
    dated: str = ""
    why: str = ""
    how: How | None = None
    of: str = ""
    together: str = ""

    @property
    def entered_on(self) -> date:
        """The day on which it was entered."""
        return date.fromisoformat(self.entered or self.happened)


CORRECTS, RETRACTS, SUPERSEDES = How.CORRECTS, How.RETRACTS, How.SUPERSEDES

_2012 = (
    Case(2012, 3, "paused", "2013-01-14", reason="parental_leave"),
    Case(2012, 3, "resumed", "2013-07-15"),
    Case(2012, 3, "completed", "2014-02-28"),
    Case(2012, 5, "completed", "2013-08-30"),
    Case(2012, 5, "completed", "2013-09-27", "2014-01-21", source=REVIEW, why="wrong_date", how=CORRECTS),
    Case(2012, 8, "withdrawn", "2013-05", "2013-06-11", reason="moved_job", source="letter_of_the_employer"),
    # The letter lay in a paper file for twenty months; the record had this fellow still in progress in 2012's cohort.
    Case(2012, 11, "deferred", "2013-03-18", "2014-11-06", "service_pressure", FILE, "2013-03-12", together="file"),
    Case(2012, 11, "taken_up", "2013-09-02", "2014-11-06", source=FILE, dated="2013-03-12", together="file"),
    Case(2012, 11, "completed", "2014-08-29", "2014-11-06", source=REVIEW, together="file"),
)
_2013 = (
    Case(2013, 2, "place_given_up", "2013-08-12", reason="moved_job"),
    Case(2013, 4, "paused", "2014-02-03", reason="parental_leave"),
    Case(2013, 4, "resumed", "2014-10-06"),
    Case(2013, 4, "completed", "2015-05-29"),
    Case(2013, 6, "paused", "2014-08-04", reason="parental_leave"),
    Case(2013, 6, "paused", "2014-09-08", "2014-12-09", "parental_leave", "return_of_the_employer", "2014-11-28",
         why="wrong_date", how=CORRECTS),
    Case(2013, 6, "resumed", "2015-03-02"),
    Case(2013, 6, "completed", "2015-07-31"),
    Case(2013, 9, "withdrawn", "2014-06-27", "2014-11-18", "employer_withdrew_release", "letter_of_the_employer",
         "2014-06-20"),
    # 14's report was not accepted; 13's completion was entered under 14.
    Case(2013, 14, "completed", "2014-08-29"),
    Case(2013, 14, "completed", "", "2015-01-20", source=REVIEW, why="wrong_person", how=RETRACTS, together="mix-up"),
    Case(2013, 13, "completed", "2014-08-29", "2015-01-20", source=REVIEW, why="wrong_person", together="mix-up"),
    Case(2013, 14, "not_completed", "2014-08-29", "2015-01-20", "project_not_reported", REVIEW, together="mix-up"),
    Case(2013, 16, "not_completed", "2014-08-29", reason="project_not_reported"),
    Case(2013, 16, "completed", "2015-02-12", source="decision_of_the_appeal_panel", dated="2015-02-12",
         why="appeal_upheld", how=SUPERSEDES, of="not_completed"),
)  # fmt: skip
_2014 = (
    Case(2014, 1, "deferred", "2015-02-16", reason="long_term_sickness"),
    Case(2014, 1, "taken_up", "2015-09-07"),
    Case(2014, 1, "completed", "2016-09-02"),
    Case(2014, 7, "paused", "2015-03-02", reason="parental_leave"),
    Case(2014, 7, "resumed", "2015-11-02"),
    Case(2014, 7, "completed", "2016-04-29"),
    Case(2014, 10, "withdrawn", "2015-01-30", reason="employer_withdrew_release"),
    Case(2014, 10, "withdrawal_reversed", "2015-03-13", reason="employer_agreed_release"),
    Case(2014, 10, "completed", "2015-08-28"),
    Case(2014, 15, "withdrawn", "2015-05-22", "2016-10-04", "change_of_priorities", "answer_to_the_follow_up"),
    Case(2014, 18, "paused", "2015-04-13", "2016-01-12", "bereavement", REVIEW, together="late-leave"),
    Case(2014, 18, "resumed", "2015-05-18", "2016-01-12", source=REVIEW, together="late-leave"),
    Case(2014, 18, "completed", "2015-08-28"),
    Case(2014, 19, "withdrawn", "2015-06-12", reason="not_recorded", source="telephone_call"),
    Case(2014, 19, "withdrawn", "", "2016-02-09", source=REVIEW, why="wrong_person", how=RETRACTS, together="call"),
    Case(2014, 19, "completed", "2015-08-28", "2016-02-09", source=REVIEW, together="call"),
)
_2015 = (
    Case(2015, 3, "place_given_up", "2015-08-20", reason="workload"),
    Case(2015, 8, "paused", "2016-01-11", reason="parental_leave"),
    Case(2015, 8, "resumed", "2016-09-26"),
    Case(2015, 8, "completed", "2017-03-31"),
    Case(2015, 12, "ended_by_programme", "2016-06-17", reason="assessment_not_met"),
    Case(2015, 14, "withdrawn", "2016-05", "2017-11-14", "other", "answer_to_the_follow_up"),
    Case(2015, 16, "completed", "2016-09-02"),
    Case(2015, 16, "completed", "2016-10-28", "2017-01-17", source=REVIEW, why="wrong_date", how=CORRECTS),
    # Accepted by a letter that was entered when the cohort was full already: taken, and listed as over its capacity.
    Case(2015, 19, "accepted", "2015-06-05", "2015-09-15", source="letter_of_acceptance", together="letter"),
    Case(2015, 19, "confirmed", "2015-07-10", "2015-09-15", source="letter_of_acceptance", together="letter"),
    Case(2015, 19, "started", "2015-09-07", "2015-09-15", source="letter_of_acceptance", together="letter"),
)
CASES = (*_2012, *_2013, *_2014, *_2015)
