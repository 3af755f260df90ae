"""Changes of ledgers that were written while a change had more fields are read as they are today."""

import json
from typing import Any

import pytest
import zstandard

from syncd.core.events import decode_change
from syncd.ledger.kafka import wire
from syncd.ledger.sqlite import rows
from syncd.schemas.examples import all_examples

CHANGES = {name: value for name, (of, value) in all_examples().items() if of == "change"}


@pytest.mark.parametrize("value", CHANGES.values(), ids=CHANGES)
def test_a_change_with_a_field_that_went_is_read_without_it(value: dict[str, Any]):
    today = decode_change(json.dumps(value).encode())
    older = json.dumps({**value, "successor": None}).encode()
    assert wire.change(older) == today
    assert rows.change(zstandard.ZstdCompressor().compress(older)) == today
    assert not hasattr(today, "successor")
