"""What a command makes of the record, judged as a whole: what cannot be, and what should not have been."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.contradiction import judge, named, newly_irregular
from domain.event import Recorded
from domain.refusal import StillReliedOn
from domain.rule import Rule
from infra.log.at_hand import AtHand, Changed
from infra.log.command import Entering
from infra.log.guarding import guards
from infra.log.reliance import forgone


class Judged(NamedTuple):
    """What is recorded with each entry of a command, by its provisional position."""

    guards: Mapping[int, frozenset[str]]
    irregularities: Mapping[int, tuple[str, ...]]


def judged(at_hand: AtHand, rules: Sequence[Rule], entering: Entering) -> Judged:
    """Judge the histories that a command makes, together. Raises the Refusal of what cannot be.

    StillReliedOn is raised where standing facts of other streams name what is then no longer on the record.
    """
    changed = at_hand.changed()
    for before, now, _ in changed:
        judge(before, now)
    for each in changed:
        _keep_what_is_relied_on(at_hand, each)
    written: dict[int, frozenset[str]] = {}
    sets: dict[str, list[Recorded]] = {}
    for before, now, entries in changed:
        for entered, its in zip(entries, guards(before, now, entries, rules), strict=True):
            written[entered.position] = its.all
            for guard in its.sets:
                sets.setdefault(guard, []).append(entered)
    irregularities = _over_sets(at_hand, sets, rules, entering) if sets else {}
    for each in changed:
        for position, code in _within(each):
            irregularities[position] = (*irregularities.get(position, ()), code)
    return Judged(written, irregularities)


def _keep_what_is_relied_on(at_hand: AtHand, changed: Changed) -> None:
    if all(entered.link is None for entered in changed.entered):
        return
    own = changed.entered[0].stream
    for gone in forgone(changed.before, changed.now):
        facts = tuple(named(entry) for entry in gone.resting(at_hand.naming(gone.thing, own)))
        if facts:
            listed = "; ".join(f"{fact.kind} on {fact.happened}" for fact in facts[:10])
            raise StillReliedOn(f"{len(facts)} facts rest on this entry: {listed}.", facts=facts)


def _over_sets(
    at_hand: AtHand, sets: Mapping[str, Sequence[Recorded]], rules: Iterable[Rule], entering: Entering
) -> dict[int, tuple[str, ...]]:
    """Judge the rules over the sets that entries belong to. Returns the irregularities of each entry."""
    irregular: dict[int, tuple[str, ...]] = {}
    for rule in rules:
        for guard in sorted(guard for guard in sets if guard.startswith(rule.prefix)):
            refusal = _breaks(at_hand, rule, guard)
            if refusal is None:
                continue
            decided = any(entered.decides and isinstance(entered.event, rule.acts) for entered in sets[guard])
            if rule.irregularity is None or (decided and entering is Entering.NOW):
                raise refusal
            for entered in sets[guard]:
                irregular[entered.position] = (*irregular.get(entered.position, ()), rule.irregularity)
    return irregular


def _breaks(at_hand: AtHand, rule: Rule, guard: str) -> Exception | None:
    identifier = guard.partition(":")[2]
    name = rule.owner.of(identifier)
    owner = at_hand.history(rule.owner, name)
    if not rule.applies(owner):
        return None
    before, after = at_hand.of_set(rule.member, guard)
    return rule.breaks(identifier, at_hand.read[name], owner, before, after)


def _within(changed: Changed) -> Iterable[tuple[int, str]]:
    """What a command makes irregular within a stream: the provisional position of an entry, and the code.

    Where a recorded fact becomes irregular by it, that is said of the command's first entry in the stream.
    """
    fresh = newly_irregular(changed.before, changed.now)
    if not fresh:
        return ()
    positions = {entered.version: entered.position for entered in changed.entered}
    first = min(positions.values())
    return dict.fromkeys((positions.get(version, first), code) for version, code in fresh)
