"""Whether the program is alive, whether it is ready to answer; and what its problems mean."""

from typing import Literal

from pydantic import BaseModel, Field
from sqlalchemy import text
from starlette.responses import Response

from api import problems
from api.answers import IncompleteOut, Marked, absent
from api.deps import Held
from api.examples import shown
from api.handlers import RETRY
from api.problems import declared, problem
from api.routes import Routes
from domain import RULES
from infra.following.lag import Lagging, lagging
from projections import VIEWS

router = Routes(tags=["operation"])


class Live(BaseModel):
    """The program is alive."""

    model_config = shown({"status": "live"})

    status: Literal["live"] = "live"


class Lag(BaseModel):
    """How far a view is behind the record."""

    events: int = Field(description="Entries that it has not taken.")
    seconds: float = Field(description="How long ago the first of these was recorded.")
    kept: bool = Field(description="Whether a projector keeps it. What nobody keeps falls behind, and answers with it.")


class Ready(Marked):
    """The program is ready to answer."""

    model_config = shown(
        {
            "status": "ready",
            "head": 1204,
            "views": {"standing 2": 1204},
            "lag": {"standing 2": {"events": 0, "seconds": 0.0, "kept": True}},
            "takes_commands": True,
        }
    )

    status: Literal["ready"] = "ready"
    head: int = Field(description="The last record number.")
    views: dict[str, int] = Field(description="The record number that each view has reached.")
    lag: dict[str, Lag] = Field(description="How far each view is behind the record.")
    takes_commands: bool = Field(
        description="Whether its rules are those of the record. Where the record has those of another version of the "
        "program, that one takes commands, and this one only answers."
    )
    incomplete: IncompleteOut | None = Field(
        None, exclude_if=absent, description="Present where something is left out of a view."
    )


_EXPLAINED = {
    "type": "/problems/cohort_full",
    "title": "The cohort has no place left.",
    "status": 409,
    "explanation": "The cohort has no place left. Raise its capacity, or choose another cohort.",
}


class Explained(Marked):
    """What a kind of problem means."""

    model_config = shown(_EXPLAINED)

    type: str
    title: str
    status: int
    explanation: str


class AllExplained(Marked):
    """What every kind of problem means."""

    model_config = shown({"items": [_EXPLAINED]})

    items: list[Explained]


@router.get("/health/live", summary="Is it alive", responses=declared(problems.UNEXPECTED))
async def live() -> Live:
    """Answers as long as the program runs, whatever the database does."""
    # It needs no thread, all of which may be waiting for the database.
    return Live()


@router.get(
    "/health/ready",
    summary="Is it ready",
    response_model=Ready,
    responses=declared(problems.UNEXPECTED, problems.UNREACHABLE, problems.NOT_READY),
)
def ready(held: Held) -> Ready | Response:
    """Answers well when the database and every view are there; tells how far each has come, and if anybody keeps it.

    Where nobody keeps a view, commands are still taken, and questions answered as known where it stands.
    """
    with held.engine.connect() as connection:
        head: int = connection.execute(text("SELECT log.head()")).scalar_one()
        rules = {*connection.execute(text("SELECT rule FROM log.guarded")).scalars()}
        found = {each.title: each for each in lagging(connection, VIEWS)}
    views = {view.title: found[view.title] for view in VIEWS}
    missing = [title for title, view in views.items() if head and not view.position]
    if missing:
        remedies = [remedy for title in missing if (remedy := views[title].remedy)]
        detail = " ".join(remedies) or (
            f"Not begun yet: {', '.join(missing)}. The projector makes them; see that it runs."
        )
        return problem(problems.NOT_READY, detail, demonstration=held.demonstration, headers=RETRY)
    since = [view.left_out for view in views.values() if view.left_out is not None]
    waiting = sum(view.waiting for view in views.values())
    return Ready(
        head=head,
        views={title: view.position for title, view in views.items()},
        lag={title: _lag(view) for title, view in views.items()},
        takes_commands=rules == {rule.guard for rule in RULES},
        incomplete=IncompleteOut(waiting=waiting, since=min(since)) if since else None,
        demonstration=held.demonstration or None,
    )


def _lag(view: Lagging) -> Lag:
    return Lag(events=view.events, seconds=round(view.seconds, 3), kept=view.holder is not None)


@router.get("/problems", summary="List the kinds of problem", responses=declared(problems.UNEXPECTED))
def list_problems(held: Held) -> AllExplained:
    """Every kind of problem that an answer may name, and what it means."""
    marked = held.demonstration or None
    return AllExplained(items=[_explained(kind) for kind in problems.kinds().values()], demonstration=marked)


@router.get(
    "/problems/{code}",
    summary="Explain a kind of problem",
    response_model=Explained,
    responses=declared(problems.NO_SUCH_ADDRESS, problems.INVALID, problems.UNEXPECTED),
)
def explain_problem(code: str, held: Held) -> Explained | Response:
    """What a kind of problem means: its `type` leads here."""
    kind = problems.kinds().get(code)
    if kind is None:
        detail = f"There is no kind of problem {code!r}; /problems lists them."
        return problem(problems.NO_SUCH_ADDRESS, detail, demonstration=held.demonstration)
    return _explained(kind, held.demonstration)


def _explained(kind: problems.Kind, demonstration: bool = False) -> Explained:
    explanation = " ".join(kind.explanation.split())
    return Explained(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        explanation=explanation,
        demonstration=demonstration or None,
    )
