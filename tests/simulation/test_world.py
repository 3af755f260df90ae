"""Worlds of the first seeds, and that a world is the same each time and its failures are made small."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from syncd.intake.freshness import Staleness
from tests.simulation.world.loop import SimulatedLoop, Stuck
from tests.simulation.world.plan import plan_of
from tests.simulation.world.seeds import failure, lived, of_chunk, shrunk

CHUNKS, CHUNK = 10, 50


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_whatever_happens_each_change_is_told_once_and_is_true(chunk: int) -> None:
    found = of_chunk(range(chunk * CHUNK, (chunk + 1) * CHUNK))
    assert not found, shrunk(found[0]).text
