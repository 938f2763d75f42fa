"""Coded reasons for what befalls a fellowship. All are personal: they may tell of health, conduct or bereavement."""

from enum import StrEnum
from typing import Annotated, TypeAlias, TypeVar

from domain.values import Personal, Purpose

T = TypeVar("T")

Circumstance: TypeAlias = Annotated[Personal[T], Purpose.CIRCUMSTANCES]
"""What a fellow says of their own circumstances."""

Finding: TypeAlias = Annotated[Personal[T], Purpose.CONDUCT]
"""What the programme finds of a fellow. It has its own key: a fellow may have the circumstances they told forgotten
while the ground of a decision, which may be misconduct, is still needed for an appeal."""


class PauseReason(StrEnum):
    """Why a fellowship was paused."""

    PARENTAL_LEAVE = "parental_leave"
    LONG_TERM_SICKNESS = "long_term_sickness"
    BEREAVEMENT = "bereavement"
    CAREER_BREAK = "career_break"
    SERVICE_PRESSURE = "service_pressure"
    OTHER = "other"
    NOT_RECORDED = "not_recorded"


class DeferralReason(StrEnum):
    """Why a fellow was deferred to another cohort."""

    PARENTAL_LEAVE = "parental_leave"
    LONG_TERM_SICKNESS = "long_term_sickness"
    BEREAVEMENT = "bereavement"
    CAREER_BREAK = "career_break"
    SERVICE_PRESSURE = "service_pressure"
    NOT_ON_TRACK = "not_on_track"
    OTHER = "other"
    NOT_RECORDED = "not_recorded"


class LeavingReason(StrEnum):
    """Why somebody declined or gave up a place, or withdrew."""

    WORKLOAD = "workload"
    HEALTH = "health"
    MOVED_JOB = "moved_job"
    EMPLOYER_WITHDREW_RELEASE = "employer_withdrew_release"
    CHANGE_OF_PRIORITIES = "change_of_priorities"
    PROGRAMME_CONTENT = "programme_content"
    ASSESSMENT_NOT_MET = "assessment_not_met"
    STARTED_IN_ERROR = "started_in_error"
    OTHER = "other"
    NOT_RECORDED = "not_recorded"


class ReversalReason(StrEnum):
    """Why a withdrawal was reversed."""

    CIRCUMSTANCES_CHANGED = "circumstances_changed"
    EMPLOYER_AGREED_RELEASE = "employer_agreed_release"
    OTHER = "other"
    NOT_RECORDED = "not_recorded"


class Ground(StrEnum):
    """On what ground the programme decided that a fellowship was not completed, or ended it."""

    ASSESSMENT_NOT_MET = "assessment_not_met"
    ATTENDANCE_NOT_MET = "attendance_not_met"
    PROJECT_NOT_REPORTED = "project_not_reported"
    RELEASE_ENDED = "release_ended"
    MISCONDUCT = "misconduct"
    CRITERIA_MISREAD = "criteria_misread"
    OTHER = "other"
    NOT_RECORDED = "not_recorded"
