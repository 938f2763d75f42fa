"""Every count and sum in an answer leads to the people and entries behind it, and they make up exactly that."""

from collections.abc import Iterator
from contextlib import closing
from itertools import product

from infra.settings import Connections
from tests.api.edge import Edge, edge_of
from tests.api.steps import days
from tests.contract.figures import BEHIND, Forms, Json, made_up
from tests.contract.told_besides import told_besides
from tests.office import Office
from tests.projections.by_hand_story import Story

NUMBERS = {
    "position": "where the answer stands",
    "known_from": "where it is compared with",
    "next": "a page",
    "version": "of a record",
    "link_version": "of an entry",
    "cause": "an entry",
    "head": "where the record ends",
    "status": "of a problem",
    "month": "that was asked about",
    "capacity": "as an entry states it",
    "minutes": "as an entry states it",
    "percent": "of two figures beside it",
    "percent_so_far": "of two figures beside it",
    "percent_of_planned": "of two figures beside it",
    "percent_used": "of two figures beside it",
    ("CellOut", "attended_minutes"): "as the entries beside it state it",
    ("CellOut", "session_minutes"): "as the entries beside it state it",
    ("CellOut", "caught_up"): "as the entries beside it state it",
    ("LineOut", "attended_minutes"): "as the entries beside it state it",
    ("LineOut", "session_minutes"): "as the entries beside it state it",
    ("LineOut", "caught_up"): "as the entries beside it state it",
    ("Behind", "count"): "the figure whose address this is",
    ("Entries", "count"): "of the entries beside it",
    ("IncompleteOut", "waiting"): "of what is kept aside until a fault is mended, which no answer holds",
    ("IncompleteOut", "since"): "an entry",
    ("ReleasedOut", "differing"): "as the entry beside it states it",
}
"""The numbers in answers that are no figures, by field or by form and field, and what they are."""


def answers(document: Json) -> Iterator[tuple[str, Json]]:
    """The address of every question, and the form of its answer."""
    for path, methods in document["paths"].items():
        if "get" in methods and path.startswith("/v1/"):
            yield path, methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]


def test_a_number_in_an_answer_is_a_figure_with_an_address_or_is_known_to_be_none(document: Json) -> None:
    forms = Forms(document)
    unknown = {
        (form, name)
        for _, schema in answers(document)
        for form, name, field in forms.fields(schema)
        if BEHIND not in field
        and {"integer", "number"}.intersection(each.get("type") for each in (field, *field.get("anyOf", ())))
        and name not in NUMBERS
        and (form, name) not in NUMBERS
    }
    assert unknown == set()


def test_what_is_behind_each_figure_makes_up_exactly_that(database: Connections, document: Json) -> None:
    with closing(Office(database)) as office:
        story = Story(office).tell()
    forms = Forms(document)
    questions = {
        path: (schema, declared)
        for path, schema in answers(document)
        if (declared := {(form, name) for form, name, field in forms.fields(schema) if BEHIND in field})
    }
    followed: dict[str, Json] = {}
    met: set[tuple[str, str]] = set()
    with edge_of(database) as edge:
        there = told_besides(edge, story)
        edge.projector.catch_up()
        for path, (schema, _) in questions.items():
            for number, address in enumerate(addresses(path, there)):
                for asked in ASKED[-1:] if number else ASKED:
                    answer = answered(edge, address, {"known_at": story.known["K2"], **asked})
                    for figure in forms.figures(schema, answer):
                        found = followed.get(figure.href) or answered(edge, figure.href, {})
                        followed[figure.href] = found
                        assert found["position"] == answer["position"], figure
                        assert made_up(figure.behind, found) == figure.value, (address, asked, figure)
                        met |= {(figure.form, figure.name)} if figure.value else set()
    assert {each for _, declared in questions.values() for each in declared} - met == set(), "seen only as nought"


ASKED: tuple[Json, ...] = ({"as_at": "2014-03-31"}, {"as_at": "2019-12-31", "known_at": days(0)})
"""The days at which each question is asked of the first thing there is, the last of them of the others too."""


def addresses(path: str, there: dict[str, list[str]]) -> Iterator[str]:
    """The addresses of a question about each thing that there is."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    for each in product(*(there[name] for name in names)):
        yield path.format(**dict(zip(names, each, strict=True)))


def answered(edge: Edge, address: str, asked: Json) -> Json:
    """An answer that is there."""
    response = edge.client.get(address, params=asked or None)
    assert response.status_code == 200, (address, asked, response.text)
    answer: Json = response.json()
    return answer
