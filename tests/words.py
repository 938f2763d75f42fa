"""Words that the record keeps from its users, in whatever they read: how it is made, and terms that others took."""

import re

KEPT_FROM_USERS = re.compile(
    r"\b(folds?|folded|slots?|upcast(er)?s?|aggregates?|projections?|streams?|retract(s|ed|ions?)?|supersed(es?|ed|ing)"
    r"|supersessions?|parked|ledgers?|banked|FTE)\b",
    re.IGNORECASE,
)
_NAMES = re.compile(r"`[^`]*`|[/:_][a-z_]+|[a-z_]+[/:_]")
"""Names of fields, kinds and addresses, which are what they are."""


def kept_words(text: str) -> list[str]:
    """The words in a text that users do not know."""
    return [found.group() for found in KEPT_FROM_USERS.finditer(_NAMES.sub(" ", text))]
