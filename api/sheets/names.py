"""The identifiers behind the codes that sheets name things by."""

from collections.abc import Callable, Sequence

from api import codes
from api.importing.keys import Keys
from api.importing.problems import Problems, shown
from api.sheets.sheet import Row, Sheet, Subject
from domain.values import CoachingId, CohortId, Id, OrganisationId, ProgrammeId, RoleId, SiteId
from infra.log.desk import Desk

_MAY_BE_NEW = {"role_at_entry", "role_taken_up", "adopted"}
"""The rows that first name a role or a site."""


def identify(found: Sequence[Row], sheet: Sheet, file: str, keys: Keys, problems: Problems) -> None:
    """Put the identifiers behind the codes of each row in it; what the record does not know goes to `problems`."""
    new = _begun(found, sheet)
    for row in found:

        def unknown(column: str, what: str, row: Row = row) -> None:
            code = shown(str(row.values[column]))
            problems.add(file, row.number, column, f"there is no {what} {code} on the record")

        if sheet.subject is not None:
            _subject(row, sheet.subject, new, keys, unknown)
        _organisation(row, keys, unknown)
        _cohort(row, keys, unknown)
        _within(row, "role", RoleId, "fellowship_id", new, keys, unknown)
        _within(row, "site", SiteId, "project", new, keys, unknown)


_Unknown = Callable[[str, str], None]


def _begun(found: Sequence[Row], sheet: Sheet) -> set[tuple[str, ...]]:
    """The codes that rows of the file give to what begins with them."""
    new: set[tuple[str, ...]] = set()
    for row in found:
        if row.telling.opens:
            new.add((sheet.about, str(row.values[sheet.about])))
        if row.values.get("continued_by") is not None:
            new.add((sheet.about, row.values["continued_by"]))
        if row.telling.word in _MAY_BE_NEW:
            new.update(
                (column, _inside(row, column, sheet.about)) for column in ("role", "site") if row.values.get(column)
            )
    return new


def _inside(row: Row, column: str, owner: str) -> str:
    return f"{row.values[owner]}\n{row.values[column]}"


def _scheme(column: str) -> str:
    return f"sheet {column}"


def _claiming(keys: Keys, identifier: Id) -> Callable[[Desk, str | None], None]:
    return lambda desk, subject: keys.claim(desk, identifier, subject=subject)


def _subject(row: Row, subject: Subject, new: set[tuple[str, ...]], keys: Keys, unknown: _Unknown) -> None:
    column, code = subject.column, str(row.values[subject.column])
    if (column, code) not in new and keys.recorded(_scheme(column), code) is None:
        unknown(column, f"{column} with the code")
        return
    row.ids[column] = keys.find(subject.kind, _scheme(column), code)
    if row.telling.opens:
        row.claim.append(_claiming(keys, row.ids[column]))
    if (continued := row.values.get("continued_by")) is not None:
        row.ids["continued_by"] = keys.find(CoachingId, _scheme(column), continued)
        row.claim.append(_claiming(keys, row.ids["continued_by"]))


def _within(
    row: Row, column: str, kind: type[Id], owner: str, new: set[tuple[str, ...]], keys: Keys, unknown: _Unknown
) -> None:
    """What has a code within something else: a role of a fellow's, a site of a project's."""
    if row.values.get(column) is None:
        return
    code = _inside(row, column, owner)
    if (column, code) not in new and keys.recorded(_scheme(column), code) is None:
        unknown(column, f"{column} with the code")
        return
    row.ids[column] = keys.find(kind, _scheme(column), code)
    if row.telling.word in _MAY_BE_NEW and keys.recorded(_scheme(column), code) is None:
        row.claim.append(_claiming(keys, row.ids[column]))


def _organisation(row: Row, keys: Keys, unknown: _Unknown) -> None:
    if (code := row.values.get("organisation")) is not None:
        if (recorded := keys.recorded(codes.ORGANISATION_CODE, code)) is None:
            unknown("organisation", "organisation with the code")
        else:
            row.ids["organisation"] = OrganisationId(recorded)


def _cohort(row: Row, keys: Keys, unknown: _Unknown) -> None:
    if (code := row.values.get("cohort")) is None:
        return
    programme = keys.recorded(codes.PROGRAMME_CODE, row.values["programme"])
    if programme is None:
        unknown("programme", "programme with the code")
        return
    row.ids["programme"] = ProgrammeId(programme)
    if (recorded := keys.recorded(codes.COHORT_CODE, f"{programme}\n{code}")) is None:
        unknown("cohort", f"cohort of {row.values['programme']} with the code")
    else:
        row.ids["cohort"] = CohortId(recorded)
