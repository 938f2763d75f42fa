"""Being told to stop: whatever the signal comes in the midst of."""

import os
import signal
from threading import Timer

import pytest

from api.stopping import SIGNALS, stopping


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_noted_and_breaks_nothing_off(number: int) -> None:
    before = signal.getsignal(number)
    with stopping() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.wait(60)
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) == before


def test_a_signal_that_comes_in_the_midst_of_a_wait_for_it_holds_nobody_up() -> None:
    with stopping(signal.SIGUSR1) as stop:
        lock = vars(stop)["_cond"]  # which a wait holds for a moment
        rescue = Timer(20, lock.release)
        lock.acquire()
        rescue.start()
        signal.raise_signal(signal.SIGUSR1)
        assert rescue.is_alive()
        rescue.cancel()
        lock.release()
        assert stop.wait(60)


def test_one_that_is_never_told_ends_all_the_same() -> None:
    with pytest.raises(ZeroDivisionError), stopping():
        raise ZeroDivisionError
