"""The real data: loaded whole, in time, and asked against two other computations."""

import io
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import monotonic

import pytest
from rich.console import Console
from sqlalchemy import Connection

from api.oulad.files import LEARNERS, REGISTRATIONS, SUBMISSIONS
from api.oulad.load import load_folder
from api.oulad.report import Fate, Report
from infra.database import connect, pool
from infra.export import write
from infra.reading import At
from projections.cohort import cohorts
from projections.standing import Attribution, standing
from tests.conftest import copied
from tests.oulad_second import STATES, ExportedLog, SecondComputation
from tests.office import Office
"""placeholder"""
