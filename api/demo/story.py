"""A short story of what three readers ask of the demonstration, and what the running program answers them."""

from collections.abc import Iterator
from datetime import date

from api.demo.asking import Api
from api.demo.auditor import auditor
from api.demo.evaluator import evaluator
from api.demo.national import CODE as NIF
from api.demo.national import RECRUITING, RUNNING
from api.demo.plan import QIF
from api.demo.staff import staff

COHORT = f"{QIF.code}-2013"


def story(api: Api, head: int, today: date) -> Iterator[str]:
    """The story, a line at a time. Every answer in it is asked for as it is told, none from before position `head`."""
    cohorts = api.ask("/v1/cohorts", as_at=str(today), min_position=head)["items"]
    yield f"An invented record, in which today is {today}. {QIF.code} had four cohorts and seventy fellows; {NIF} is"
    yield "national and adopted from it, with one cohort half way and one recruiting. Recording times are invented too."
    yield "Each answer was given by the running program as this was told, at the address above it or beside it."
    yield ""
    yield from staff(api, cohorts, today, f"{NIF}-{RUNNING}", f"{NIF}-{RECRUITING}", head)
    changes = yield from evaluator(api, next(each for each in cohorts if each["code"] == COHORT), today)
    yield from auditor(api, changes)
    yield ""
    yield "Ask it more:"
    path = f"/v1/cohorts/{next(each['cohort_id'] for each in cohorts if each['code'] == COHORT)}"
    for address in (
        "/v1/cohorts",
        f"{path}/roster",
        f"{path}/coaching",
        f"{path}/outcomes",
        "/v1/projects",
        "/v1/secondees",
        "/v1/irregularities",
    ):
        yield f"  {api.url(address, as_at=str(today))}"
    yield f"What else can be asked is to be read at {api.url('/docs')}, by programs in {api.url('/openapi.json')}"
