"""What goes wrong in a thread that must go on is said in the program's log: what kind of error, and where; no more."""

from logging import ERROR, INFO, Logger

from infra.views.parking import fault


class Trouble:
    """Says what goes wrong, and what goes wrong again and again only once, until it is over."""

    def __init__(self, log: Logger, what: str) -> None:
        """`what` cannot be done meanwhile, as a clause that the fault follows."""
        self._log, self._what = log, what
        self._said: str | None = None

    def met(self, error: Exception, *, passes: bool = False) -> None:
        """Something went wrong; `passes` says that it is no fault of the program's, and passes by itself."""
        said = fault(error)
        if said != self._said:
            self._said = said
            self._log.log(INFO if passes else ERROR, "%s, and is tried again: %s", self._what, said)

    def over(self) -> None:
        """It went well."""
        self._said = None
