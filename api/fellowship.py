"""Fellowships: one person's place on a programme, from offer to end."""

from datetime import date

from api.answers import Receipt
from api.deps import Asked, Reading, Recording, Seen
from api.fellowship_bodies import (
    Deferring,
    Leaving,
    NewFellowship,
    OneFellowship,
    Pausing,
    Place,
    Plainly,
    Timeline,
)
from api.presence import person_must_be_recorded
from api.problems import changing, opening, reading
from api.routes import Routes
from domain import fellowship_decisions as decisions
from domain.capacity import CohortFull
from domain.cohort import COHORT
from domain.cohort_cancellation import CancelledBeforeItBegan
from domain.cohort_state import CohortIsCancelled, CohortIsClosed, CohortNotPlanned
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import (
    FellowshipDeferred,
    FellowshipPaused,
    FellowshipResumed,
    FellowshipStarted,
    FellowshipTakenUp,
    OfferLapsed,
    PlaceAccepted,
    PlaceConfirmed,
    PlaceDeclined,
    PlaceOffered,
)
from domain.fellowship_holder import OfferedThereAlready, TwoPlacesInOneCohort, must_not_be_there
from domain.fellowship_state import (
    AlreadyAccepted,
    AlreadyConfirmed,
    AlreadyStarted,
    AnotherProgramme,
    Fellowship,
    HasEnded,
    IsDeferred,
    IsPaused,
    NotDeferred,
    NotOffered,
    NotPaused,
    NotStarted,
    PlaceNotAccepted,
    PlaceNotConfirmed,
    SameCohort,
)
from domain.person import PERSON, PersonNotRecorded
from domain.refusal import InTheFuture, NothingRecorded, WouldContradict
from domain.values import FellowshipId
from infra.log.desk import Desk
from projections.standing import STANDING, fellow
from projections.timeline import timeline

router = Routes(prefix="/v1/fellowships", tags=["fellowships"])

_TAKES_NOBODY = (CohortNotPlanned, CohortIsClosed, CohortIsCancelled)
_GIVING = (NothingRecorded, PersonNotRecorded, InTheFuture, *_TAKES_NOBODY)
_NOT_THERE = (InTheFuture, PlaceNotAccepted, NotStarted, IsDeferred, HasEnded, WouldContradict)


@router.post("/offer", status_code=201, summary="Offer a place", responses=opening(*_GIVING, OfferedThereAlready))
async def offer_place(body: Place, recording: Recording) -> NewFellowship:
    """Offer a person a place in a cohort. An offer takes no place yet."""

    def offered(desk: Desk, day: date) -> PlaceOffered:
        person_must_be_recorded(desk, body.person_id)
        cohort = desk.fold(COHORT, body.cohort_id, on=day)
        others = desk.members(FELLOWSHIP, PERSON.of(body.person_id)).values()
        must_not_be_there(others, person_id=body.person_id, cohort_id=body.cohort_id, on=day)
        return decisions.offer_place(cohort, person_id=body.person_id, cohort_id=body.cohort_id)

    return await recording.begin(NewFellowship, FellowshipId.new(), "/v1/fellowships", body, PlaceOffered, offered)


@router.post(
    "/acceptance",
    status_code=201,
    summary="Accept a place",
    responses=opening(*_GIVING, CohortFull, TwoPlacesInOneCohort),
)
async def accept_place(body: Place, recording: Recording) -> NewFellowship:
    """Record that a person accepted a place of which no offer is on the record. It takes a place of the cohort."""

    def accepted(desk: Desk, day: date) -> PlaceAccepted:
        person_must_be_recorded(desk, body.person_id)
        cohort = desk.fold(COHORT, body.cohort_id, on=day)
        return decisions.accept_place(cohort, person_id=body.person_id, cohort_id=body.cohort_id)

    return await recording.begin(NewFellowship, FellowshipId.new(), "/v1/fellowships", body, PlaceAccepted, accepted)


@router.post(
    "/{fellowship_id}/acceptance",
    summary="Accept an offered place",
    responses=changing(
        *_TAKES_NOBODY, InTheFuture, NotOffered, AlreadyAccepted, HasEnded, CohortFull, TwoPlacesInOneCohort
    ),
)
async def accept_offer(fellowship_id: FellowshipId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Accept the place that was offered. It takes a place of the cohort."""

    def accepted(fellowship: Fellowship, desk: Desk, day: date) -> PlaceAccepted:
        if fellowship.person_id is None or fellowship.origin is None:
            raise NotOffered
        cohort = desk.fold(COHORT, fellowship.origin, on=day)
        return decisions.accept_place(cohort, person_id=fellowship.person_id, cohort_id=fellowship.origin)

    return await recording.change(FELLOWSHIP, fellowship_id, seen, body, PlaceAccepted, accepted)


@router.post(
    "/{fellowship_id}/confirmation",
    summary="Confirm a place",
    responses=changing(InTheFuture, PlaceNotAccepted, AlreadyConfirmed, IsDeferred, HasEnded),
)
async def confirm_place(fellowship_id: FellowshipId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Confirm a place that was accepted."""
    return await recording.enter(FELLOWSHIP, fellowship_id, seen, body, PlaceConfirmed())


@router.post(
    "/{fellowship_id}/decline",
    summary="Decline an offer",
    responses=changing(InTheFuture, NotOffered, AlreadyAccepted, HasEnded),
)
async def decline_place(fellowship_id: FellowshipId, body: Leaving, seen: Seen, recording: Recording) -> Receipt:
    """Decline the place that was offered."""
    return await recording.change(
        FELLOWSHIP,
        fellowship_id,
        seen,
        body,
        PlaceDeclined,
        lambda state, desk, day: decisions.decline_place(state, reason=body.circumstance, note=body.note),
    )


@router.post(
    "/{fellowship_id}/lapse",
    summary="Let an offer lapse",
    responses=changing(InTheFuture, NotOffered, AlreadyAccepted, HasEnded),
)
async def lapse_offer(fellowship_id: FellowshipId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Record that the offer of a place lapsed."""
    return await recording.enter(FELLOWSHIP, fellowship_id, seen, body, OfferLapsed())


@router.post(
    "/{fellowship_id}/start",
    summary="Start a fellowship",
    responses=changing(
        *_TAKES_NOBODY,
        CancelledBeforeItBegan,
        InTheFuture,
        PlaceNotAccepted,
        PlaceNotConfirmed,
        AlreadyStarted,
        IsDeferred,
        HasEnded,
        WouldContradict,
    ),
)
async def start_fellowship(fellowship_id: FellowshipId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Start a fellowship whose place was confirmed, in its current cohort."""

    def started(fellowship: Fellowship, desk: Desk, day: date) -> FellowshipStarted:
        if fellowship.current is None:
            raise PlaceNotAccepted
        return decisions.start(desk.fold(COHORT, fellowship.current, on=day))

    return await recording.change(FELLOWSHIP, fellowship_id, seen, body, FellowshipStarted, started)


@router.post("/{fellowship_id}/pause", summary="Pause a fellowship", responses=changing(*_NOT_THERE, IsPaused))
async def pause_fellowship(fellowship_id: FellowshipId, body: Pausing, seen: Seen, recording: Recording) -> Receipt:
    """Pause a fellowship that is in progress."""
    return await recording.change(
        FELLOWSHIP,
        fellowship_id,
        seen,
        body,
        FellowshipPaused,
        lambda state, desk, day: decisions.pause(state, reason=body.circumstance, note=body.note),
    )


@router.post("/{fellowship_id}/resumption", summary="Resume a fellowship", responses=changing(*_NOT_THERE, NotPaused))
async def resume_fellowship(fellowship_id: FellowshipId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Take a fellowship up again after a pause."""
    return await recording.enter(FELLOWSHIP, fellowship_id, seen, body, FellowshipResumed())


@router.post(
    "/{fellowship_id}/deferral",
    summary="Defer a fellow",
    responses=changing(*_TAKES_NOBODY, *_NOT_THERE, AnotherProgramme, SameCohort, CohortFull, TwoPlacesInOneCohort),
)
async def defer_fellowship(fellowship_id: FellowshipId, body: Deferring, seen: Seen, recording: Recording) -> Receipt:
    """Defer a fellow to another cohort of the same programme. It frees a place here, and takes one there at once."""

    def deferred(fellowship: Fellowship, desk: Desk, day: date) -> FellowshipDeferred:
        target = desk.fold(COHORT, body.to_cohort_id, on=day)
        return decisions.defer(
            fellowship, target, to_cohort_id=body.to_cohort_id, reason=body.circumstance, note=body.note
        )

    return await recording.change(FELLOWSHIP, fellowship_id, seen, body, FellowshipDeferred, deferred)


@router.post(
    "/{fellowship_id}/taking-up",
    summary="Take a deferred fellow up",
    responses=changing(*_TAKES_NOBODY, CancelledBeforeItBegan, InTheFuture, NotDeferred, HasEnded),
)
async def take_up_fellowship(fellowship_id: FellowshipId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Record that the cohort a fellow was deferred to has taken them up."""

    def taken_up(fellowship: Fellowship, desk: Desk, day: date) -> FellowshipTakenUp:
        if fellowship.target is None:
            raise NotDeferred
        return decisions.take_up(fellowship, desk.fold(COHORT, fellowship.target, on=day))

    return await recording.change(FELLOWSHIP, fellowship_id, seen, body, FellowshipTakenUp, taken_up)


@router.get("/{fellowship_id}", summary="Show a fellowship", responses=reading(NothingRecorded, versioned=True))
def show_fellowship(fellowship_id: FellowshipId, asked: Asked, reader: Reading) -> OneFellowship:
    """Where one fellow was; `ETag` is the version of the fellowship's record, for the next command."""
    with reader.at(asked, STANDING) as snapshot:
        version = snapshot.version(FELLOWSHIP, fellowship_id)
        found = fellow(snapshot.connection, snapshot.at, fellowship_id)
        return snapshot.answer(OneFellowship, version=version, fellowship=found)


@router.get(
    "/{fellowship_id}/timeline", summary="Show a fellow's timeline", responses=reading(NothingRecorded, versioned=True)
)
def fellowship_timeline(fellowship_id: FellowshipId, asked: Asked, reader: Reading) -> Timeline:
    """What happened to one fellow up to a day, whichever record tells of it, in the order it happened.

    Of what concerns several fellows, a session or a project, only what names this one, or of a project nobody else.
    """
    with reader.at(asked) as snapshot:
        snapshot.version(FELLOWSHIP, fellowship_id)
        found = timeline(snapshot.connection, snapshot.at, fellowship_id)
        return snapshot.answer(Timeline, fellowship_id=fellowship_id, items=snapshot.entries(found))
