"""The write gate lets accepts in first, starves nobody, and never has two inside."""

import threading
import time
from collections.abc import Callable

import pytest

from storage.errors import Busy
from storage.gates import Priority, WriteGate


def line_up(gate: WriteGate, priority: Priority, entered: list[str], name: str) -> threading.Thread:
    """A thread that waits at the gate; returns once it stands in line."""

    def enter() -> None:
        with gate.held(priority):
            entered.append(name)

    before = len(gate._waiting)
    thread = threading.Thread(target=enter)
    thread.start()
    await_that(lambda: len(gate._waiting) > before)
    return thread


def await_that(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_by_priority_then_in_order_of_arrival() -> None:
    gate = WriteGate()
    entered: list[str] = []
    with gate.held(Priority.TURN):
        threads = [
            line_up(gate, priority, entered, name)
            for priority, name in [
                (Priority.QUEUE, "queue"),
                (Priority.TURN, "turn 1"),
                (Priority.TURN, "turn 2"),
                (Priority.ACCEPT, "accept 1"),
                (Priority.ACCEPT, "accept 2"),
            ]
        ]
    for thread in threads:
        thread.join(5)
    assert entered == ["accept 1", "accept 2", "turn 1", "turn 2", "queue"]


def test_bookkeeping_is_overtaken_only_so_often() -> None:
    gate = WriteGate(patience=3)
    entered: list[str] = []
    with gate.held(Priority.TURN):
        threads = [line_up(gate, Priority.QUEUE, entered, "queue")]
        threads += [line_up(gate, Priority.TURN, entered, f"turn {number}") for number in range(6)]
        # An overtaker is one that arrived later and went first.
    for thread in threads:
        thread.join(5)
    assert entered.index("queue") == 3
    assert len(entered) == 7


def test_one_inside_at_a_time() -> None:
    gate = WriteGate()
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(50):
            with gate.held(Priority.TURN):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(most) == 300
    assert max(most) == 1


def test_a_wait_without_end_is_a_lost_race() -> None:
    gate = WriteGate(wait_s=0.02)
    failures: list[Exception] = []

    def enter() -> None:
        try:
            with gate.held(Priority.ACCEPT):
                pass
        except Busy as error:
            failures.append(error)

    with gate.held(Priority.TURN):
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join(5)
    assert len(failures) == 1
    with gate.held(Priority.QUEUE):
        assert gate._waiting == []


def test_the_gate_opens_again_after_an_exception() -> None:
    gate = WriteGate()
    with pytest.raises(ValueError, match="mine"), gate.held(Priority.TURN):
        raise ValueError("mine")
    with gate.held(Priority.TURN):
        assert gate._holder == threading.get_ident()
