"""Measurements side by side give what they give one after another."""

from __future__ import annotations

import multiprocessing
import os
import time

import pytest

from engine.errors import DataError, ScenewrightError
from engine.evaluation.processes import mapped


def scaled(factor: int, value: int) -> int:
    if value < 0:
        raise DataError(f"{value} is negative.")
    return factor * value


@pytest.mark.parametrize("jobs", [1, 2])
def test_answers_come_in_the_order_of_the_questions(jobs: int) -> None:
    assert list(mapped(scaled, 3, range(20), jobs=jobs)) == [3 * n for n in range(20)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_of_one_is_the_error_of_all(jobs: int) -> None:
    with pytest.raises(DataError, match="-2 is negative"):
        list(mapped(scaled, 3, [1, -2, 3], jobs=jobs))


def slow(start: float, seconds: float) -> None:
    time.sleep(seconds)


def test_whoever_stops_does_not_wait_for_the_rest() -> None:
    answers = mapped(slow, 0.0, [0.0, *[60.0] * 8], jobs=2)
    next(answers)
    answers.close()
    assert not multiprocessing.active_children()


def ended(status: int, _: int) -> int:
    os._exit(status)


def test_a_process_that_is_ended_from_outside_is_said_in_words() -> None:
    with pytest.raises(ScenewrightError, match="fewer --jobs"):
        list(mapped(ended, 9, [1], jobs=2))
