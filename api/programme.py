"""Programmes: what they are called, and the versions of their design."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, Receipt
from api.codes import claim
from api.deps import Asked, Reading, Recording, Seen
from api.examples import answered, opened, said
from api.problems import KEY_TAKEN, changing, opening, reading
from api.routes import Routes
from api.statement import Dated
from domain.programme import (
    PROGRAMME,
    Code,
    Count,
    Label,
    Percent,
    ProgrammeAdoptedFrom,
    ProgrammeAlreadyEstablished,
    ProgrammeEstablished,
    ProgrammeNotEstablished,
    ProgrammeVersionAdopted,
    VersionAlreadyAdopted,
    VersionNotAdopted,
    adopt_from,
)
from domain.refusal import NothingRecorded
from domain.values import ProgrammeId
from infra.log.desk import Desk
from projections.programme import PROGRAMMES, ProgrammeRow, programmes

router = Routes(prefix="/v1/programmes", tags=["programmes"])

_ROW = {
    "programme_id": examples.PROGRAMME,
    "code": "QIF",
    "title": "Quality Improvement Fellowship",
    "latest_version": "2013",
}


class Establish(Dated):
    """A programme to establish."""

    model_config = said(code="QIF", title="Quality Improvement Fellowship")

    code: Code = Field(description="A short code of its own.")
    title: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="What it is called.")


class Adopt(Dated):
    """A version of the design to adopt, with its completion criteria or with none."""

    model_config = said(programme_version="2013", attendance_percent=80, charter_required=True, report_required=True)

    programme_version: Label = Field(description="What the version is called.")
    attendance_percent: Percent | None = Field(None, description="The attendance that completing it takes, in percent.")
    charter_required: bool = Field(False, description="Whether completing it takes a project's charter.")
    report_required: bool = Field(False, description="Whether completing it takes a project's report.")
    coaching_sessions: Count | None = Field(None, description="How many coaching sessions completing it takes.")
    set_meetings: Count | None = Field(None, description="How many meetings of a learning set completing it takes.")


class AdoptFrom(Dated):
    """The programme and version that this one was taken over from."""

    model_config = said(source_programme_id="b7d1f0aa-3c8e-4f60-8a36-7d0d5f1c2e09", source_version="2013")

    source_programme_id: ProgrammeId
    source_version: Label = Field(description="The version of that programme.")


class NewProgramme(Receipt):
    """The receipt for a programme."""

    model_config = opened("programme", examples.PROGRAMME)

    programme_id: ProgrammeId


class ProgrammeOut(BaseModel):
    """A programme."""

    model_config = ConfigDict(from_attributes=True)

    programme_id: ProgrammeId
    code: str
    title: str
    latest_version: str | None = Field(description="The version adopted last, by the day.")


class Programmes(Answer):
    """The programmes there were."""

    model_config = answered("programme 1", items=[_ROW])

    items: list[ProgrammeOut]


class OneProgramme(Answer):
    """One programme, and the version of its record."""

    model_config = answered("programme 1", version=2, programme=_ROW)

    version: int = Field(description="The version of its record, for If-Match.")
    programme: ProgrammeOut | None = Field(description="Null where it was not established by then.")


@router.post(
    "",
    status_code=201,
    summary="Establish a programme",
    responses=opening(KEY_TAKEN, ProgrammeAlreadyEstablished),
)
async def establish_programme(body: Establish, recording: Recording) -> NewProgramme:
    """Put a programme on the record, under a code that no other has."""
    programme_id = ProgrammeId.new()
    established = ProgrammeEstablished(code=body.code, title=body.title)

    def claimed(desk: Desk, day: date) -> ProgrammeEstablished:
        claim(recording.log, desk, PROGRAMME.of(programme_id), established)
        return established

    return await recording.begin(NewProgramme, programme_id, "/v1/programmes", body, ProgrammeEstablished, claimed)


@router.post(
    "/{programme_id}/versions",
    summary="Adopt a version of the design",
    responses=changing(ProgrammeNotEstablished, VersionAlreadyAdopted),
)
async def adopt_version(programme_id: ProgrammeId, body: Adopt, seen: Seen, recording: Recording) -> Receipt:
    """Adopt a version of the programme's design, which cohorts may then follow."""
    adopted = ProgrammeVersionAdopted(
        programme_version=body.programme_version,
        attendance_percent=body.attendance_percent,
        charter_required=body.charter_required,
        report_required=body.report_required,
        coaching_sessions=body.coaching_sessions,
        set_meetings=body.set_meetings,
    )
    return await recording.enter(PROGRAMME, programme_id, seen, body, adopted)


@router.post(
    "/{programme_id}/adoption",
    summary="Take a programme over from another",
    responses=changing(ProgrammeNotEstablished, VersionNotAdopted),
)
async def adopt_programme(programme_id: ProgrammeId, body: AdoptFrom, seen: Seen, recording: Recording) -> Receipt:
    """Record that this programme was taken over from another one, in a version that the other had adopted."""
    return await recording.change(
        PROGRAMME,
        programme_id,
        seen,
        body,
        ProgrammeAdoptedFrom,
        lambda _, desk, day: adopt_from(
            desk.fold(PROGRAMME, body.source_programme_id, on=day),
            source_programme_id=body.source_programme_id,
            source_version=body.source_version,
        ),
    )


@router.get("", summary="List the programmes", responses=reading())
def list_programmes(asked: Asked, reader: Reading) -> Programmes:
    """The programmes there were on a day, as known at a record number, by code."""
    with reader.at(asked, PROGRAMMES) as snapshot:
        rows = programmes(snapshot.connection, snapshot.at)
        return snapshot.answer(Programmes, items=[_out(row) for row in rows])


@router.get("/{programme_id}", summary="Show a programme", responses=reading(NothingRecorded, versioned=True))
def show_programme(programme_id: ProgrammeId, asked: Asked, reader: Reading) -> OneProgramme:
    """One programme; `ETag` is the version of its record, for the next command."""
    with reader.at(asked, PROGRAMMES) as snapshot:
        version = snapshot.version(PROGRAMME, programme_id)
        rows = programmes(snapshot.connection, snapshot.at)
        found = next((_out(row) for row in rows if row.programme_id == programme_id), None)
        return snapshot.answer(OneProgramme, version=version, programme=found)


def _out(row: ProgrammeRow) -> ProgrammeOut:
    return ProgrammeOut.model_validate(row, from_attributes=True)
