"""What the answers must be for a small history: three days, each as known at three points. Worked out by hand.

The history is in `tests.projections.by_hand_story`. Everybody accepted a place in the cohort of 2013 and started: Ada;
Ben, the deferrer; Cyn, who paused; Dev, the late joiner; Eve, of whose withdrawal the office learned late. The cohort
ends on 2014-08-31. Its sessions, with the minutes planned and lasted:

    S1  2013-10-07  360  360   register signed; Ben's mark corrected afterwards
    S2  2013-12-02  240  240   Ben has no mark
    S3  2014-01-20  300    -   cancelled on 2014-01-18
    S4  2014-03-10  300  300   Eve, by then withdrawn as it turned out, is marked as present
    S5  2014-06-02  360  330   Cyn need not come, Eve has no mark

K1 is the end of 2013, K2 the end of 2015, K3 the end of 2019: each what had been recorded by that day. V1 and V2 are in
the year, V3 is after the last outcome. What was recorded by K1 and K2 cannot tell what came of anybody after K1 and K2,
whatever day is asked about: there are no outcomes at a month that had not come by then.
"""

from datetime import date
from typing import NamedTuple

V1, V2, V3 = date(2013, 12, 31), date(2014, 3, 31), date(2019, 12, 31)
DAYS = {"V1": V1, "V2": V2, "V3": V3}

COUNTS = {
    # K1: five started, Cyn has paused since 2013-11-20; nothing later is known, so later days look the same.
    ("V1", "K1"): {"in_progress": 4, "paused": 1},
    ("V2", "K1"): {"in_progress": 4, "paused": 1},
    ("V3", "K1"): {"in_progress": 4, "paused": 1},
    # K2: at V1 as before. At V2 Ben is deferred, Cyn resumed. At V3 all but Eve, of whom nothing is known, completed.
    ("V1", "K2"): {"in_progress": 4, "paused": 1},
    ("V2", "K2"): {"in_progress": 4, "deferred": 1},
    ("V3", "K2"): {"in_progress": 1, "completed": 4},
    # K3: Eve had withdrawn on 2014-02-10: after V1, before V2.
    ("V1", "K3"): {"in_progress": 4, "paused": 1},
    ("V2", "K3"): {"in_progress": 3, "deferred": 1, "withdrawn": 1},
    ("V3", "K3"): {"completed": 4, "withdrawn": 1},
}
"""How the fellows of the cohort of 2013 stand, by the cohort whose place they accepted; what is not named is 0."""

_START, _LATE_START = date(2013, 9, 1), date(2013, 11, 1)
_AUTUMN = {  # everybody from their start, Cyn from the pause
    "Ada": ("in_progress", _START),
    "Ben": ("in_progress", _START),
    "Cyn": ("paused", date(2013, 11, 20)),
    "Dev": ("in_progress", _LATE_START),
    "Eve": ("in_progress", _START),
}
_SPRING = {  # Ben from the deferral, Cyn from the resumption
    **_AUTUMN,
    "Ben": ("deferred", date(2014, 1, 15)),
    "Cyn": ("in_progress", date(2014, 3, 1)),
}
_END = {  # the cohort's last day; Ben a year later, with the cohort of 2014
    "Ada": ("completed", date(2014, 8, 31)),
    "Ben": ("completed", date(2015, 8, 31)),
    "Cyn": ("completed", date(2014, 8, 31)),
    "Dev": ("completed", date(2014, 8, 31)),
    "Eve": ("in_progress", _START),
}
_EVE_LEFT = {"Eve": ("withdrawn", date(2014, 2, 10))}  # from her last day, when it is known

ROSTER = {
    ("V1", "K1"): _AUTUMN,
    ("V2", "K1"): _AUTUMN,
    ("V3", "K1"): _AUTUMN,
    ("V1", "K2"): _AUTUMN,
    ("V2", "K2"): _SPRING,
    ("V3", "K2"): _END,
    ("V1", "K3"): _AUTUMN,
    ("V2", "K3"): {**_SPRING, **_EVE_LEFT},
    ("V3", "K3"): {**_END, **_EVE_LEFT},
}
"""Who they are: state and since when."""


class Attended(NamedTuple):
    """Minutes attended, of those expected so far, of those planned; the unknown apart; the marks contradicted."""

    attended: int
    so_far: int
    planned: int
    percent: str | None
    unknown: int = 0
    caught_up: int = 0
    contradicted: tuple[str, ...] = ()


_FIRST = {
    # S1 360 and S2 240, present at both; planned besides: S3 300, S4 300, S5 360.
    "Ada": Attended(600, 600, 1560, "100.0"),
    # S1 360 present; S2 unknown, so not in the 360; planned 360 + 240 + 960.
    "Ben": Attended(360, 360, 1560, "100.0", unknown=240),
    # S1 180 of 360; not expected at S2, and, paused, not due at what is planned.
    "Cyn": Attended(180, 360, 360, "50.0"),
    # Not yet there at S1; S2 240; planned 240 + 960.
    "Dev": Attended(240, 240, 1200, "100.0"),
    # S1 late, which is there: 360; S2 240.
    "Eve": Attended(600, 600, 1560, "100.0"),
}
# Ben's mark at S1 was wrong: he was absent, with leave. 0 of 360; S2 still unknown; planned as before.
_CORRECTED = {**_FIRST, "Ben": Attended(0, 360, 1560, "0.0", unknown=240)}
_SECOND = {
    # S3 is cancelled. S4 absent: 600 of 900; planned 900 + S5 360.
    "Ada": Attended(600, 900, 1260, "66.7"),
    # Deferred before S3: what is planned is not his. 360 + 240 unknown.
    "Ben": Attended(0, 360, 600, "0.0", unknown=240),
    # S1 180 of 360, S4 300 of 300; planned 660 + S5 360.
    "Cyn": Attended(480, 660, 1020, "72.7"),
    # S2 240 of 240, S4 150 of 300; planned 540 + 360.
    "Dev": Attended(390, 540, 900, "72.2"),
    # S1, S2, S4; planned 900 + 360.
    "Eve": Attended(900, 900, 1260, "100.0"),
}
_THIRD = {
    # S5 lasted 330: 600 + 330 of 900 + 330; caught up on 2014-04-15 for S4, which is told apart.
    "Ada": Attended(930, 1230, 1230, "75.6", caught_up=120),
    "Ben": Attended(0, 360, 600, "0.0", unknown=240),
    # S5 waived: it is in neither.
    "Cyn": Attended(480, 660, 660, "72.7"),
    # 390 + 330 of 540 + 330.
    "Dev": Attended(720, 870, 870, "82.8"),
    # S5 unknown: apart from the 900, in the planned.
    "Eve": Attended(900, 900, 1230, "100.0", unknown=330),
}
# Out from 2014-02-10: S1 and S2 remain, nothing else was hers; the mark at S4 cannot be.
_EVE_OUT = {"Eve": Attended(600, 600, 600, "100.0", contradicted=("S4",))}

ATTENDANCE = {
    # K1: nothing that was to be after 2013 is known to have been held or not, so it stays planned.
    ("V1", "K1"): _FIRST,
    ("V2", "K1"): _FIRST,
    ("V3", "K1"): _FIRST,
    # V1: S3 was not cancelled yet on that day.
    ("V1", "K2"): _CORRECTED,
    ("V2", "K2"): _SECOND,
    ("V3", "K2"): _THIRD,
    ("V1", "K3"): _CORRECTED,
    ("V2", "K3"): {**_SECOND, **_EVE_OUT},
    ("V3", "K3"): {**_THIRD, **_EVE_OUT},
}
"""Attendance at the sessions of the cohort of 2013, of each fellow."""


class Coached(NamedTuple):
    """Minutes: entitled, held, lost by cancelling late, left; and the number of engagements."""

    entitled: int
    held: int
    lost: int
    left: int
    engagements: int = 1


_CYN = Coached(540, 90, 0, 450)  # one session of 90, before her pause, which takes nothing away
COACHING = {
    # Two sessions of 90 of 540.
    ("V1", "K1"): {"Ada": Coached(540, 180, 0, 360), "Cyn": _CYN},
    ("V2", "K1"): {"Ada": Coached(540, 180, 0, 360), "Cyn": _CYN},
    ("V3", "K1"): {"Ada": Coached(540, 180, 0, 360), "Cyn": _CYN},
    # 60 lost on 2014-02-05; 540 - 180 - 60 = 300 carried to another coach on 02-20, of which 90 held on 03-20.
    ("V1", "K2"): {"Ada": Coached(540, 180, 0, 360), "Cyn": _CYN},
    ("V2", "K2"): {"Ada": Coached(540, 270, 60, 210, 2), "Cyn": _CYN},
    ("V3", "K2"): {"Ada": Coached(540, 270, 60, 210, 2), "Cyn": _CYN},
    # The second session lasted 60, not 90: 30 less held, 30 more left, though with the first coach.
    ("V1", "K3"): {"Ada": Coached(540, 150, 0, 390), "Cyn": _CYN},
    ("V2", "K3"): {"Ada": Coached(540, 240, 60, 240, 2), "Cyn": _CYN},
    ("V3", "K3"): {"Ada": Coached(540, 240, 60, 240, 2), "Cyn": _CYN},
}
"""Coaching used against what each fellow is entitled to."""


class Outcome(NamedTuple):
    """At one month after the end, of five who started and two projects; who it is."""

    promoted: tuple[str, ...]
    not_promoted: tuple[str, ...]
    not_known: tuple[str, ...]
    qi_remit: tuple[str, ...]
    qi_remit_known: tuple[str, ...]
    qi_remit_not_known: tuple[str, ...]
    traced: tuple[str, ...]
    milestones: dict[str, int]
    imprecise_promotions: int = 0
    imprecise_milestones: int = 0


PEOPLE_COUNTED = ("promoted", "not_promoted", "not_known", "qi_remit", "qi_remit_known", "qi_remit_not_known", "traced")
"""The figures that count people, in the order they have above."""
_YEAR = {"charter_approved": 1, "baseline_frozen": 1, "first_pdsa_concluded": 1, "reported": 1}
_HANDED = {**_YEAR, "handed_over": 1}  # known to the month, 2015-10

OUTCOMES: dict[str, dict[int, Outcome | None]] = {
    # 2013-12-31: the cohort's end, 2014-08-31, had not come, so nothing is told of it or of any month after it.
    "K1": {0: None, 12: None, 24: None, 60: None},
    "K2": {
        # 2014-08-31: Ada was met on 2015-09-15, Dev on 2014-09-30; neither was promoted yet, nor had a remit.
        0: Outcome(
            (), ("Ada", "Dev"), ("Ben", "Cyn", "Eve"), (), ("Ada", "Dev"), ("Ben", "Cyn", "Eve"), ("Ada", "Dev"), _YEAR
        ),
        # 2015-08-31: Ada since 2015-03-01, in a role with the remit; Dev was not met since.
        12: Outcome(
            ("Ada",),
            (),
            ("Ben", "Cyn", "Dev", "Eve"),
            ("Ada",),
            ("Ada",),
            ("Ben", "Cyn", "Dev", "Eve"),
            ("Ada",),
            _YEAR,
        ),
        # 2016-08-31 and 2019-08-31 had not come by 2015-12-31.
        24: None,
        60: None,
    },
    "K3": {
        # Cyn was met on 2016-11-01; her promotion of 2014-10 is after this day; her role at entry has the remit.
        0: Outcome(
            (),
            ("Ada", "Cyn", "Dev"),
            ("Ben", "Eve"),
            ("Cyn",),
            ("Ada", "Cyn", "Dev"),
            ("Ben", "Eve"),
            ("Ada", "Cyn", "Dev"),
            _YEAR,
        ),
        # Cyn's promotion, learned two years late, is known to the month.
        12: Outcome(
            ("Ada", "Cyn"),
            (),
            ("Ben", "Dev", "Eve"),
            ("Ada", "Cyn"),
            ("Ada", "Cyn"),
            ("Ben", "Dev", "Eve"),
            ("Ada", "Cyn"),
            _YEAR,
            1,
        ),
        # A site elsewhere adopted the improvement on 2016-05-01.
        24: Outcome(
            ("Ada", "Cyn"),
            (),
            ("Ben", "Dev", "Eve"),
            ("Cyn",),
            ("Cyn",),
            ("Ada", "Ben", "Dev", "Eve"),
            ("Cyn",),
            {**_HANDED, "adopted_elsewhere": 1},
            1,
            1,
        ),
        # Found to have lasted on 2016-10-05, and still on 2017-10-09; nobody was met since 2016-11-01.
        60: Outcome(
            ("Ada", "Cyn"),
            (),
            ("Ben", "Dev", "Eve"),
            (),
            (),
            ("Ada", "Ben", "Cyn", "Dev", "Eve"),
            (),
            {**_HANDED, "adopted_elsewhere": 1, "sustained": 1},
            1,
            1,
        ),
    },
}
"""Outcomes as at V3; None: not yet. As at V1 and V2, before the cohort's end, every month is not yet."""
