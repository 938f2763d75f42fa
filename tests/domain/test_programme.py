"""Programmes and the versions of their design."""

import pytest

from domain.programme import (
    PROGRAMME,
    ProgrammeAdoptedFrom,
    ProgrammeAlreadyEstablished,
    ProgrammeEstablished,
    ProgrammeNotEstablished,
    ProgrammeVersionAdopted,
    VersionAlreadyAdopted,
    VersionNotAdopted,
    adopt_from,
)
from domain.refusal import WouldContradict
from domain.values import ProgrammeId
from tests.scenario import given, on, retracting

NATIONAL = ProgrammeId.new()
ESTABLISHED = on("2012-01-01", ProgrammeEstablished(code="QIF", title="Quality Improvement Fellowship"))
VERSION = on("2012-02-01", ProgrammeVersionAdopted(programme_version="2012"))


def test_a_programme_adopts_versions_with_completion_criteria_or_with_none() -> None:
    stricter = ProgrammeVersionAdopted(programme_version="2013", attendance_percent=80, charter_required=True)
    given(PROGRAMME, ESTABLISHED, VERSION).when(on("2013-01-01", stricter)).then(
        code="QIF", versions=frozenset({"2012", "2013"})
    )


def test_a_programme_is_established_once() -> None:
    given(PROGRAMME, ESTABLISHED).when(on("2012-03-01", ESTABLISHED.fact)).refused(ProgrammeAlreadyEstablished)


def test_nothing_is_adopted_before_the_programme_is_established() -> None:
    given(PROGRAMME).when(VERSION).refused(ProgrammeNotEstablished)
    given(PROGRAMME).when(
        on("2012-02-01", ProgrammeAdoptedFrom(source_programme_id=NATIONAL, source_version="1"))
    ).refused(ProgrammeNotEstablished)
    given(PROGRAMME, ESTABLISHED, VERSION).when(retracting(1)).refused(WouldContradict, "programme.version_adopted")


def test_two_versions_do_not_share_a_name() -> None:
    given(PROGRAMME, ESTABLISHED, VERSION).when(on("2013-01-01", VERSION.fact)).refused(VersionAlreadyAdopted)


def test_a_programme_is_taken_over_in_a_version_that_its_source_has() -> None:
    source = given(PROGRAMME, ESTABLISHED, VERSION).history.at(None)
    fact = adopt_from(source, source_programme_id=NATIONAL, source_version="2012")
    given(PROGRAMME, ESTABLISHED).when(on("2014-01-01", fact)).then(versions=frozenset[str]())
    with pytest.raises(VersionNotAdopted, match="it had: 2012"):
        adopt_from(source, source_programme_id=NATIONAL, source_version="1999")
    with pytest.raises(ProgrammeNotEstablished):
        adopt_from(PROGRAMME.initial, source_programme_id=NATIONAL, source_version="2012")
