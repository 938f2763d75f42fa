"""Loads the records of the Open University Learning Analytics Dataset: reading, checking, entering, accounting."""
