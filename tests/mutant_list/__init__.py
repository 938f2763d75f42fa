"""The mutants of the log, the engine and the views, by subject; `Mutant` says what one is."""

from tests.mutant_list.folding import FOLDING
from tests.mutant_list.following import FOLLOWING
from tests.mutant_list.keeping import KEEPING
from tests.mutant_list.mutant import Mutant
from tests.mutant_list.reading import READING
from tests.mutant_list.recording import RECORDING

MUTANTS = (*FOLDING, *KEEPING, *READING, *FOLLOWING, *RECORDING)
"""Every mutant."""

__all__ = ["MUTANTS", "Mutant"]
