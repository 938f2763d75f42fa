"""From when it counts whether an improvement has lasted, where its project was neither handed over nor reported."""

from datetime import date

from domain.cohort import COHORT
from domain.fellowship import FELLOWSHIP
from domain.project import PROJECT
from domain.project_events import FellowJoinedProject
from domain.values import ProjectId
from infra.log.desk import Desk


def cohorts_end(desk: Desk, project_id: ProjectId, day: date) -> date | None:
    """The last day of the cohort of the fellows who took a project on by that day, the latest if they are of several.

    None where no fellow did, and where no cohort is known.
    """
    ends: list[date] = []
    for step in desk.history(PROJECT, project_id).steps:
        if isinstance(step.recorded.event, FellowJoinedProject) and step.place.day <= day:
            fellowship = desk.fold(FELLOWSHIP, step.recorded.event.fellowship_id, on=day)
            if fellowship.current is not None:
                ends_on = desk.fold(COHORT, fellowship.current, on=day).ends_on
                ends += [ends_on] if ends_on is not None else []
    return max(ends, default=None)
