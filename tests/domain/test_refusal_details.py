"""What a refusal says of its particulars is in users' words too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import domain
from tests.words import kept_words

FILES = sorted(Path(domain.__file__).parent.glob("*.py"))


def refusals(source: ast.Module) -> set[str]:
    """The names of the refusals that a file knows: its own, and those it imports."""
    return {
        name
        for node in ast.walk(source)
        if isinstance(node, ast.ClassDef | ast.ImportFrom)
        for name in ([node.name] if isinstance(node, ast.ClassDef) else [alias.name for alias in node.names])
    }


def said(text: str) -> Iterator[str]:
    """The texts given to what a file raises or returns, without what is put into them; errors are not for users."""
    source = ast.parse(text)
    names = refusals(source)
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value.strip():
                    yield part.value


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_refusal_speaks_of_how_the_record_is_made(file: Path) -> None:
    assert [text for text in said(file.read_text()) if kept_words(text)] == []


def test_a_word_that_users_do_not_know_is_found() -> None:
    source = "class Full(Refusal): ...\ndef f():\n    raise Full(f'the slot of {day} is taken')"
    assert list(said(source)) == ["the slot of ", " is taken"]
    assert list(said("raise ValueError('the slot is taken')")) == []
