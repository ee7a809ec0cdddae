"""Long calls of a solver that Ctrl-C need not wait for.

Python handles signals in its main thread only, between its own instructions: during a call into a solver Ctrl-C would
wait for its end, which may be the time limit. So the call runs in a thread of its own; the main thread waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

T = TypeVar("T")
LOOK_S = 0.5
"""seconds of one wait"""
END_S = 5.0
"""seconds that a solver has to end when it was asked to"""


def interruptible(call: Callable[[], T], cancel: Callable[[], None]) -> T:
    """What the call returns or raises.

    Args:
        cancel: asks the call to end soon, on Ctrl-C; what it returns then is returned, and the caller, who made
            `cancel`, raises KeyboardInterrupt once that is kept.

    Raises:
        KeyboardInterrupt: when the call does not end when asked to.
    """
    if threading.current_thread() is not threading.main_thread():
        return call()
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # noqa: BLE001  handed on to who waits
            answer.set_exception(error)

    threading.Thread(target=work, name="solver", daemon=True).start()
    try:
        while not answer.done():
            wait([answer], LOOK_S)  # a wait without end could not be interrupted everywhere
    except KeyboardInterrupt:
        cancel()
        if not wait([answer], END_S).done:
            raise
    return answer.result()
