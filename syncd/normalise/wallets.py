"""Cells that hold crypto addresses, each perhaps with its currency before it: `ETH: 0x1a…`, `BSC: 0x3… TRX: TA1…`."""

import re
from typing import NamedTuple

CELL_CHARACTERS_MAX = 20_000
WALLETS_MAX = 500

# Shorter words with a digit may be anything; the longest address that is in use has 106 characters.
_WALLET = re.compile(
    r"(?:(?<![A-Za-z0-9])\(?(?P<currency>[A-Z]{2,6})\)?[ :–-]{1,3})?"
    r"(?<![A-Za-z0-9])(?P<address>(?=[A-Za-z]{0,120}[0-9])[A-Za-z0-9]{20,200})(?![A-Za-z0-9])"
)


class Wallet(NamedTuple):
    """A crypto address, and the publisher's label of its currency."""

    address: str
    currency: str | None


def wallets_of_cell(cell: str) -> tuple[Wallet, ...]:
    """The crypto addresses of a cell in their letter case, each once; the whole cell when none is found in it."""
    found = [Wallet(one["address"], one["currency"]) for one in _WALLET.finditer(cell[:CELL_CHARACTERS_MAX])]
    return tuple(dict.fromkeys(found[:WALLETS_MAX])) or (Wallet(cell, None),)
