"""What users read of the application is in their words: the document, the problems, and what is said of mistakes."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

import api
import infra
from api.problems import kinds
from tests.words import kept_words

TEXTS = {"title", "summary", "description", "detail", "says", "message"}
"""The members of the document that are texts for readers."""
FILES = [*sorted(Path(api.__file__).parent.rglob("*.py")), Path(infra.__file__).parent / "views" / "reading.py"]


def texts(value: Any, name: str = "") -> Iterator[str]:
    """The texts of a document; a title of one word is a name."""
    if isinstance(value, dict):
        for key, inside in cast(dict[str, Any], value).items():
            yield from texts(inside, key)
    elif isinstance(value, list):
        for inside in cast(list[Any], value):
            yield from texts(inside, name)
    elif isinstance(value, str) and " " in value and (name in TEXTS or "." in value):
        yield value


def strings(source: str) -> Iterator[str]:
    """The texts in a program, without what is put into them and without what describes it to its makers."""
    tree = ast.parse(source)
    alone = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in alone:
            said: object = node.value
            if isinstance(said, str) and " " in said.strip():
                yield said


def test_the_document_speaks_to_its_readers_in_their_words(document: dict[str, Any]) -> None:
    found = {text: words for text in texts(document) if (words := kept_words(text))}
    assert found == {}
    assert sum(1 for _ in texts(document)) > 500


def test_a_problem_is_named_and_explained_in_users_words() -> None:
    assert {kind.code: words for kind in kinds().values() if (words := kept_words(kind.explanation))} == {}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_what_is_said_at_the_edge_is_in_users_words(file: Path) -> None:
    assert {text: words for text in strings(file.read_text()) if (words := kept_words(text))} == {}


def test_a_word_that_users_do_not_know_is_found() -> None:
    source = '"""The fold."""\ndef f():\n    """A slot."""\n    return invalid(f"the slot of {day}", "x")'
    assert list(strings(source)) == ["the slot of "]
    assert kept_words("the slot of 0.5 FTE was retracted") == ["slot", "FTE", "retracted"]
    assert kept_words("`stream` of /v1/entries/session/retraction, `fold`; the manifold of streamers") == []
