"""The peer's application: a cohort by FastAPI and SQLAlchemy's ORM, a command by FastAPI and the library.

`python -m tests.bench.peer_app URL DESCRIPTOR` answers at a socket that is open already, with one process.
"""

import socket
import sys
from collections.abc import Generator
from datetime import date
from typing import Annotated
from uuid import UUID

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from psycopg import connect
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship, sessionmaker

from tests.bench.library import Registration, Registrations, environment


class Base(DeclarativeBase):
    """The tables of the peer."""


class Person(Base):
    """A person and their name."""

    __tablename__ = "person"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Fellow(Base):
    """Where a fellow is now."""

    __tablename__ = "fellow"

    fellowship_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    state: Mapped[str]
    since: Mapped[date]
    precision: Mapped[str]
    origin_cohort_id: Mapped[UUID] = mapped_column(index=True)
    current_cohort_id: Mapped[UUID]
    target_cohort_id: Mapped[UUID | None]
    cause: Mapped[int]
    person: Mapped[Person] = relationship()

    @property
    def name(self) -> str:
        """The person's name."""
        return self.person.name


class FellowOut(BaseModel):
    """What is told of a fellow."""

    model_config = ConfigDict(from_attributes=True)

    fellowship_id: UUID
    person_id: UUID
    name: str
    state: str
    since: date
    precision: str
    origin_cohort_id: UUID
    current_cohort_id: UUID
    target_cohort_id: UUID | None
    cause: int


class Members(BaseModel):
    """A cohort's members."""

    cohort_id: UUID
    items: list[FellowOut]


class Submission(BaseModel):
    """A piece of work that was submitted."""

    actor: UUID
    happened: date
    cohort_id: UUID
    work_id: UUID


class Receipt(BaseModel):
    """What a command did."""

    registration_id: UUID
    version: int


def create_app(url: str) -> FastAPI:
    """The application over a database of the server; its pools hold as many connections as ours."""
    app = FastAPI()
    sessions = sessionmaker(
        create_engine("postgresql+psycopg://", creator=lambda: connect(url), pool_size=8, max_overflow=0)
    )
    registrations = Registrations(env=environment(url, pool=8) | {"POSTGRES_MAX_OVERFLOW": "0"})

    def session() -> Generator[Session]:
        with sessions() as opened:
            yield opened

    @app.get("/cohorts/{cohort_id}/members")
    def members(cohort_id: UUID, session: Annotated[Session, Depends(session)]) -> Members:
        rows = session.scalars(
            select(Fellow)
            .options(joinedload(Fellow.person))
            .where(Fellow.origin_cohort_id == cohort_id)
            .order_by(Fellow.fellowship_id)
        )
        return Members(cohort_id=cohort_id, items=[FellowOut.model_validate(row) for row in rows])

    @app.post("/registrations/{registration_id}/submission")
    def submit(registration_id: UUID, body: Submission) -> Receipt:
        registration: Registration = registrations.repository.get(registration_id)
        if registration.deregistered:
            raise HTTPException(409, "no longer registered")
        registration.submit(body.cohort_id, body.work_id, body.happened.isoformat(), body.actor)
        registrations.save(registration)
        return Receipt(registration_id=registration_id, version=registration.version)

    return app


if __name__ == "__main__":
    config = uvicorn.Config(create_app(sys.argv[1]), access_log=False, log_level="warning")
    with socket.socket(fileno=int(sys.argv[2])) as listener:
        uvicorn.Server(config).run(sockets=[listener])
