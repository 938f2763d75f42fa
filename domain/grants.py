"""What a fact may grant its stream, for facts of other streams to need: `Event.grants`, `Event.needs`."""

START = "start"
"""Granted by a fellowship that started, and needed by what says that the fellow took part."""


def version(label: str) -> str:
    """Granted by a programme that adopted a version of its design, and needed by whoever follows that version."""
    return f"version:{label}"
