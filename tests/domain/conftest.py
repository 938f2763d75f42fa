"""Tests of a slice are collected once its kinds are on the record's list."""

import os

from domain import STREAMS

_SLICES = {
    "secondment": ("test_secondment.py", "test_secondment_ends.py", "test_overlap.py"),
    "session": ("test_session.py", "test_register.py", "test_register_signed.py", "test_expectation.py"),
    "coaching": ("test_coaching.py", "test_independence.py"),
    "project": ("test_project.py", "test_patient_data.py", "test_refusal_details.py"),
    "career": ("test_career.py",),
    "organisation": ("test_organisation.py",),
}
collect_ignore = [
    file
    for name, files in _SLICES.items()
    for file in files
    if name not in STREAMS and "FELLOWTRACE_ALL_SLICES" not in os.environ
]
