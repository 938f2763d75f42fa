"""What a mutant is: one place changed in the source, and the test that shows the wrong."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """In `file`, `old` becomes `new`; it must occur there once. `shown_by` is the test written for it."""

    name: str
    file: str
    old: str
    new: str
    shown_by: str

    def applied(self, source: str) -> str:
        """The source with the mutant in it. Raises ValueError where its place is not there, or not the only one."""
        if source.count(self.old) != 1:
            raise ValueError(f"mutant {self.name}: {self.file} has its place {source.count(self.old)} times")
        return source.replace(self.old, self.new)
