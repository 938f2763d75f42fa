"""The list of mutants fits the source and the tests: `make mutants` takes minutes, this takes none."""

import importlib
from pathlib import Path

import pytest

from tests.mutant_list import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_a_mutant_has_its_place_and_the_test_that_shows_it(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text()
    assert mutant.applied(source) != source
    path, _, test = mutant.shown_by.partition("::")
    assert hasattr(importlib.import_module(path.removesuffix(".py").replace("/", ".")), test)


def test_every_mutant_has_a_name_of_its_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
