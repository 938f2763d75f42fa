"""What is recorded over HTTP beside the history worked out by hand: every figure of the answers counts something."""

from tests.api.edge import Edge
from tests.api.steps import coaching_of, organisation_of, release_of
from tests.projections.by_hand_story import Told


def told_besides(edge: Edge, story: Told) -> dict[str, list[str]]:
    """Records it; returns what there is, by the names of the parameters that ask for it."""
    cohort = edge.cohort(edge.programme("QIX"))
    edge.accepted(cohort, happened="2013-05")
    given_up = edge.accepted(cohort)
    edge.do(f"/v1/fellowships/{given_up}/giving-up", "2013-06-01")
    here, paused, ended, left = (edge.started(cohort) for _ in range(4))
    edge.do(f"/v1/fellowships/{paused}/pause", "2014-02", circumstance="career_break")
    edge.do(f"/v1/fellowships/{ended}/ending-by-programme", "2014-05-01")
    edge.do(f"/v1/fellowships/{left}/withdrawal", "2014-01-15")
    organisation = organisation_of(edge)
    _, active, waiting = (release_of(edge, each, organisation, ends_on="2020-06-30") for each in (here, paused, ended))
    late = release_of(edge, left, organisation, ends_on="2014-02-28")
    other = organisation_of(edge)
    differing = release_of(edge, paused, other, ends_on="2020-06-30", contracted_wte="0.9", released_wte="0.2")
    over = release_of(edge, ended, other, ends_on="2014-02-28", released_wte="0.1")
    for secondment in (active, waiting, late, differing, over):
        edge.do(f"/v1/secondments/{secondment}/start", "2013-09-02")
    edge.do(f"/v1/secondments/{over}/end", "2014-02-28")
    edge.do(f"/v1/secondments/{waiting}/pause", "2014-01", circumstance="other")
    coaching = coaching_of(edge, here, edge.person("Bo"))
    edge.do(f"/v1/coaching/{coaching}/session", "2014-02", minutes=90)
    edge.do(f"/v1/coaching/{coaching}/entitlement", "2014-02-10", minutes=60, reason="needed")
    ben = edge.get(f"/v1/fellowships/{story.fellows['Ben']}")["fellowship"]
    return {
        "cohort_id": [story.cohort, cohort, ben["current_cohort_id"]],
        "fellowship_id": [*(story.fellows[name] for name in ("Ada", "Ben", "Eve")), here],
        "organisation_id": [organisation],
        "session_id": [story.sessions[name] for name in ("S2", "S4", "S5")],
        "project_id": [each["project_id"] for each in edge.get("/v1/projects")["items"]],
    }
