"""How the story tells what was answered."""

from api.demo.asking import Answer

_SAID = {"career.promotion_recorded": "promoted"}
"""What happened, where the name of the kind of entry says that it was recorded too."""


def counts(answer: Answer) -> str:
    """How many are in each state, in a line."""
    told = [f"{count} {state(name)}" for name, count in answer["counts"].items() if count]
    return ", ".join(told) or "nobody yet"


def state(name: str) -> str:
    """A state as a reader knows it."""
    return name.replace("_", " ")


def day(entry: Answer) -> str:
    """When an entry says that it happened, as exactly as is known."""
    return str(entry["happened"])[: {"month": 7, "year": 4}.get(str(entry["precision"]), 10)]


def what(entry: Answer) -> str:
    """What an entry says, and when it happened."""
    kind = str(entry["kind"])
    name = _SAID.get(kind, kind.partition(".")[2].replace("_", " "))
    return {
        "corrects": f"correction: {name} {day(entry)}",
        "supersedes": f"later decision: {name} {day(entry)}",
        "retracts": f"entry {entry['link_version']}, of {day(entry)}, was entered in error",
    }.get(entry["link_how"], f"{name} {day(entry)}")


def recorded(entry: Answer) -> str:
    """When an entry was recorded, and from what source."""
    source = f', from "{entry["source"].replace("_", " ")}"' if entry["source"] else ""
    return f"recorded {str(entry['recorded_at'])[:10]}{source}"


def who(entry: Answer) -> str:
    """Who said what an entry says: the name where there is one, in what role, and the identifier."""
    told = [entry["actor_name"], entry["role"] and f"the {entry['role'].replace('_', ' ')}"]
    return f"{', '.join(filter(None, told)) or 'an actor'} ({entry['actor']})"


def line(entry: Answer) -> str:
    """An entry in a line: what, when it happened, when it was recorded, from what source."""
    return f"{what(entry)}; {recorded(entry)}"


def percent(share: float | None) -> str:
    """A share in per cent."""
    return "nothing yet" if share is None else f"{share:.1f}%"
