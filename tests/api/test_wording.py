"""What is wrong with a request or an option is said in plain words, with what is to be done instead."""

from typing import Any

import pytest

from tests.api.command_line import Line
from tests.api.edge import Edge, problem


@pytest.mark.parametrize(
    ("address", "field", "message"),
    [
        (
            "/v1/cohorts?asat=2014-04-12",
            "asat",
            "this is not known here; known are as_at, asked_on, cited, known_at, min_position",
        ),
        (
            "/v1/cohorts/QIF-2013/standing",
            "cohort_id",
            "this is not an identifier: a UUID, such as 0b7f7c53-5b2e-4f0a-9a61-3f6d2c1b0a99; codes and their "
            "identifiers are listed at /v1/cohorts",
        ),
        ("/v1/retention?months=abc", "months", "this is not a whole number"),
        ("/v1/cohorts?min_position=-1", "min_position", "this is less than 0"),
    ],
)
def test_a_question_that_cannot_be_read_is_told_why(edge: Edge, address: str, field: str, message: str) -> None:
    told = problem(edge.client.get(address), 422, "invalid")
    assert [(each["field"], each["message"]) for each in told["errors"]] == [(field, message)]
    assert told["detail"] == f"{field}: {message}"


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"code": "QIF"}, "title", "this is needed, and is not there"),
        ({"code": "", "title": "Quality"}, "code", "this is empty"),
        ({"code": "QIF", "title": "x" * 201}, "title", "this has more than 200 characters"),
        ({"code": 1, "title": "Quality"}, "code", "this is not a text"),
        ({"code": "QIF", "title": "Quality", "colour": "red"}, "colour", "this is not known here; known are actor, "),
        ({"code": "QIF", "title": "Quality", "late_entry": "yes"}, "late_entry", "this is neither true nor false"),
        (
            {"code": "QIF", "title": "Quality", "happened": "long ago"},
            "happened",
            "this is not a day, a month or a year: write it as 2014-04-12, 2014-04 or 2014",
        ),
        (
            {"code": "QIF", "title": "Quality", "evidence": [{"document": "letter", "sha256": "0" * 64}]},
            "evidence.0.document",
            "this is not an identifier",
        ),
    ],
)
def test_a_command_that_cannot_be_taken_is_told_why(edge: Edge, said: dict[str, Any], field: str, words: str) -> None:
    told = problem(edge.send("/v1/programmes", **said), 422, "invalid")
    (error,) = told["errors"]
    assert error["field"] == field
    assert error["message"].startswith(words)


def test_an_example_of_a_version_is_called_one(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    path = f"/v1/cohorts/{cohort}/confirmation"
    for version, status, code in ((None, 428, "version_required"), ("three", 400, "version_unreadable")):
        assert 'for example "3".' in problem(edge.send(path, version=version), status, code)["detail"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["serve", "--port", "eight"], "Invalid value for '--port': this is not a whole number."),
        (["serve", "--port", "70000"], "Invalid value for '--port': this is more than 65535."),
        (["serve", "--only", "web"], "Invalid value for '--only': 'web' is not one of 'api', 'projector'."),
        (
            ["demo", "--today", "2020-13-01"],
            "Invalid value for '--today': '2020-13-01' is not a day: write it as 2014-04-12.",
        ),
    ],
)
def test_an_option_that_cannot_be_read_is_told_why(line: Line, arguments: list[str], words: str) -> None:
    said = line.run(*arguments)
    assert (said.status, said.out) == (2, "")
    assert said.err.splitlines()[-1] == f"Error: {words}"


def test_a_port_in_the_environment_that_cannot_be_read_is_told_why(line: Line) -> None:
    line.sets(FELLOWTRACE_PORT="eight")
    assert line.run("serve").err == "FELLOWTRACE_PORT cannot be used: it must be a number from 0 to 65535.\n"
