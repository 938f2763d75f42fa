"""What is wrong with a value, in plain words: pydantic's own name types and patterns that a reader knows nothing of."""

from collections.abc import Mapping
from typing import Any

UNKEPT = "unkept"
"""The type of an error of our own that is found before the fields are looked at: it says itself where."""

_SAYS: Mapping[str, str] = {
    "missing": "this is needed, and is not there",
    "extra_forbidden": "this is not known here",
    "uuid_parsing": "this is not an identifier: a UUID, such as 0b7f7c53-5b2e-4f0a-9a61-3f6d2c1b0a99",
    "uuid_type": "this is not an identifier: a UUID, such as 0b7f7c53-5b2e-4f0a-9a61-3f6d2c1b0a99",
    "int_parsing": "this is not a whole number",
    "int_parsing_size": "this whole number is too large",
    "int_type": "this is not a whole number",
    "int_from_float": "this is not a whole number",
    "float_parsing": "this is not a number",
    "float_type": "this is not a number",
    "finite_number": "this is not a number",
    "decimal_parsing": "this is not a number",
    "decimal_type": "this is not a number",
    "decimal_max_places": "this has more than {decimal_places} decimals",
    "decimal_max_digits": "this has more than {max_digits} digits",
    "bool_parsing": "this is neither true nor false",
    "bool_type": "this is neither true nor false",
    "string_type": "this is not a text",
    "string_too_short": "this has fewer characters than {min_length}",
    "string_too_long": "this has more than {max_length} characters",
    "greater_than": "this is not more than {gt}",
    "greater_than_equal": "this is less than {ge}",
    "less_than": "this is not less than {lt}",
    "less_than_equal": "this is more than {le}",
    "enum": "this is not {expected}",
    "literal_error": "this is not {expected}",
    "list_type": "this is not a list",
    "tuple_type": "this is not a list",
    "too_short": "this holds fewer than {min_length}",
    "too_long": "this holds more than {max_length}",
    "model_type": "this is not an object, {{...}}, with its fields",
    "model_attributes_type": "this is not an object, {{...}}, with its fields",
    "dict_type": "this is not an object, {{...}}, with its fields",
}
_PATTERNS: Mapping[str, str] = {
    r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$": "this is not a day, a month or a year: write it as 2014-04-12, 2014-04 or "
    "2014",
    r"^[0-9a-f]{64}$": "this is not a SHA-256: 64 small letters and digits, in hexadecimal",
    r"^[^@\s]+@[^@\s]+$": "this is not an e-mail address",
    r"^[A-Z0-9]{3,12}$": "this is not such a code: 3 to 12 capital letters and digits",
}


def wrong(error: Mapping[str, Any]) -> str:
    """What one of pydantic's errors says, without a full stop. One of our own is in plain words as it is."""
    kind: str = error["type"]
    told: Mapping[str, Any] = error.get("ctx", {})
    if kind == "string_too_short" and told.get("min_length") == 1:
        return "this is empty"
    if kind == "string_pattern_mismatch" and told.get("pattern") in _PATTERNS:
        return _PATTERNS[told["pattern"]]
    try:
        return _SAYS[kind].format_map(told)
    except KeyError:
        return str(error["msg"]).removeprefix("Value error, ")
