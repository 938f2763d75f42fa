"""Figures: the counts and sums of answers, each with the address of the people and entries behind it.

A figure is declared where its field is: `figure` says which rows the answer at its address holds, and how they make it
up. `hrefs` of the same object, or of the one around it, has the address, under the figure's name; `Figures` sees to it
that it is there. The document shows the declaration as `x-behind`, so that a program can follow it too.
"""

from collections.abc import Iterator
from typing import Any, Self, cast

from pydantic import BaseModel, Field, model_validator

BEHIND = "x-behind"
"""Where the document says what makes a figure up."""


def figure(
    description: str | None = None,
    *,
    rows: str = "items",
    sums: tuple[str, ...] = (),
    each: str | None = None,
    least: int | None = None,
) -> Any:
    """The declaration of a field that holds a figure; a figure that is null has nothing behind it.

    At its address, `rows` (names with dots between) are the rows behind it. The figure is their number, or the sum of
    their fields `sums`; one with a minus before it is taken off, and no row makes less than `least`. `each` names a
    field of which every value counts once, with the largest of its rows.
    """
    behind: dict[str, Any] = {"rows": rows, "sums": [*sums], "each": each, "least": least}
    return Field(description=description, json_schema_extra={BEHIND: behind})


def _without_address(figures: BaseModel) -> Iterator[tuple[str, Any]]:
    """The figures whose addresses are in `hrefs` of this object: its own, and those of objects in it without any."""
    for name, field in type(figures).model_fields.items():
        value = getattr(figures, name)
        if isinstance(value, BaseModel) and not isinstance(value, Figures):
            yield from _without_address(value)
        elif BEHIND in cast(dict[str, Any], field.json_schema_extra or {}):
            yield name, value


class Figures(BaseModel):
    """An object that holds figures."""

    hrefs: dict[str, str] = Field(
        description="The address of what is behind each figure, at the same day and record number."
    )

    @model_validator(mode="after")
    def _linked(self) -> Self:
        told = {name for name, value in _without_address(self) if value is not None}
        if told != self.hrefs.keys():
            raise ValueError(f"figures without an address, or the reverse: {sorted(told ^ self.hrefs.keys())}")
        return self
