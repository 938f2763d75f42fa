"""Organisations: their names, and their mergers."""

from domain.organisation import (
    ORGANISATION,
    OrganisationAlreadyRecorded,
    OrganisationHasMerged,
    OrganisationMerged,
    OrganisationNotRecorded,
    OrganisationRecorded,
    OrganisationRenamed,
)
from domain.values import OrganisationId
from tests.scenario import given, on

OTHER = OrganisationId.new()
RECORDED = on("2012-01-01", OrganisationRecorded(title="Fenland Acute NHS Foundation Trust", code="ZZF01"))
RENAMED = on("2014-04-01", OrganisationRenamed(title="Fenland University Hospitals"))
MERGED = on("2016-04-01", OrganisationMerged(merged_into=OTHER))


def test_an_organisation_is_recorded_once() -> None:
    given(ORGANISATION, RECORDED).then(title="Fenland Acute NHS Foundation Trust", code="ZZF01").when(RECORDED).refused(
        OrganisationAlreadyRecorded
    )


def test_an_organisation_is_renamed_from_a_day_on() -> None:
    given(ORGANISATION, RECORDED, RENAMED).then("2014-03-31", title="Fenland Acute NHS Foundation Trust").then(
        title="Fenland University Hospitals", code="ZZF01"
    )


def test_a_merged_organisation_was_itself_until_then_and_changes_no_more() -> None:
    merged = given(ORGANISATION, RECORDED, MERGED)
    merged.then("2016-03-31", merged_into=None).then(merged_into=OTHER)
    merged.when(on("2016-05-01", RENAMED.fact)).refused(OrganisationHasMerged)
    merged.when(on("2016-05-01", MERGED.fact)).refused(OrganisationHasMerged)
    assert set(OrganisationMerged(merged_into=OTHER).names()) == {f"organisation:{OTHER}"}


def test_nothing_befalls_an_organisation_not_on_record() -> None:
    given(ORGANISATION).when(RENAMED).refused(OrganisationNotRecorded)
    given(ORGANISATION).when(MERGED).refused(OrganisationNotRecorded)
