"""Tests of the language of the record."""
