"""How the interface describes itself: the OpenAPI document, made once."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.examples import with_nulls
from api.problems import Problem

TITLE = "Fellowtrace: nobody signs in, enter no real people"
DESCRIPTION = """
The record of a fellowship programme, answerable for any date as known on any date.

**Nobody signs in yet.** Whoever reaches this address may read and record everything, so it listens on loopback only,
and **no real people may be entered**. Each command names an actor, recorded as declared, not verified, and shown by
name where it is the identifier of a person on the record. `role`, `source` and `reason` are codes, not free text: they
are not encrypted.

**Commands** are POST. Each carries an `Idempotency-Key`, a UUID: sent again, it gets the same answer and records
nothing more. A command to something that is there already carries `If-Match` with the version seen, as `ETag` gave
it. The
answer is a receipt, and its record number is in the header `Position`.

**Questions** are GET. `as_at` is the day an answer is about, `known_at` the record number, date or time it is as known
at; four digits are a record number, never a year. `min_position` (or the header `Min-Position`) waits until a record
number is in the answer. Each answer names its record number in `Position`, and in `citation` the address that always
gets it: with the day, the record number and the views; of a day that has not come, with the day of asking as well, in
`asked_on`. `known_at` with the date of a day that is not over is not final; such an answer says so in `remarks`, and
whatever else is to be known of how a question was read.

**Figures**, the counts and sums in answers, each have in `hrefs` the address of the people and entries behind them, at
the same day and record number. `x-behind` of a figure tells how these make it up: the figure is the number of its
`rows`, or the sum of their `sums`, less those with a minus; `each` names what is counted once, by its largest row, and
`least` the least that a row makes.

**Problems** are `application/problem+json`; their `type` leads to an explanation.
"""
TAGS = [
    {"name": "programmes", "description": "Programmes and the versions of their design."},
    {"name": "cohorts", "description": "One intake of a programme, and where its fellows are."},
    {"name": "people", "description": "Who somebody is and how to reach them."},
    {"name": "fellowships", "description": "One person's place, from offer to end."},
    {"name": "accreditation", "description": "Registration with the university, and work laid before it."},
    {"name": "organisations", "description": "Those that release fellows, employ them or take improvements over."},
    {"name": "secondments", "description": "An organisation's release of part of a fellow's job."},
    {"name": "sessions", "description": "Sessions of a cohort, their registers, and attendance."},
    {"name": "coaching", "description": "Coaching in minutes: held, used and left of what a fellow is entitled to."},
    {"name": "oversight", "description": "Who has a say over a fellow: the line manager and the assessors."},
    {"name": "projects", "description": "Improvement projects and their milestones."},
    {"name": "careers", "description": "Roles held, promotions, and the last confirmed contact."},
    {"name": "outcomes", "description": "What became of cohorts' fellows and their projects, years later."},
    {"name": "entries", "description": "What a record holds, and the ways an earlier entry is changed."},
    {"name": "questions", "description": "Comparisons over cohorts, and what should not have happened."},
    {"name": "operation", "description": "Health, and what problems mean."},
]


class Described(FastAPI):
    """An application whose document holds the form of its problems."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            document = with_nulls(super().openapi())
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            document["components"]["schemas"] |= schema.pop("$defs", {}) | {"Problem": schema}
            self.openapi_schema = document
        return self.openapi_schema


def operation(route: APIRoute) -> str:
    """The operation's name in the document: the function's."""
    return route.name
