"""Tests, in the folders of what they test; `scenario` holds given, when and then."""
