"""What is declared of a record, and which builds of its views are released."""

from domain.installation import (
    INSTALLATION,
    BuildId,
    DemonstrationAlreadyDeclared,
    DemonstrationDeclared,
    DifferencesUnexplained,
    ViewReleased,
)
from tests.scenario import given, on


def test_a_record_is_declared_a_demonstration_once() -> None:
    declared = on("2026-01-01", DemonstrationDeclared())
    given(INSTALLATION).then(demonstration=False).when(declared).then(demonstration=True).when(declared).refused(
        DemonstrationAlreadyDeclared
    )


def test_the_last_build_of_each_view_that_was_released_is_the_one_that_answers() -> None:
    first, second, other = BuildId.new(), BuildId.new(), BuildId.new()
    given(INSTALLATION).when(
        on("2026-01-01", ViewReleased(view="standing", view_version=1, build=first)),
        on("2026-01-02", ViewReleased(view="person", view_version=1, build=other)),
        on("2026-01-03", ViewReleased(view="standing", view_version=2, build=second, compared_with=1)),
    ).then(released={"standing": second, "person": other}, demonstration=False)


def test_a_build_that_differs_is_released_only_with_a_word_of_why() -> None:
    differing = ViewReleased(view="standing", view_version=1, build=BuildId.new(), compared=9, differing=2)
    given(INSTALLATION).when(on("2026-01-01", differing)).refused(DifferencesUnexplained)
    explained = differing.model_copy(update={"why": "Two dates had been a day late."})
    given(INSTALLATION).when(on("2026-01-01", explained)).then(released={"standing": differing.build})
