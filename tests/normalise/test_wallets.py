"""Cells with crypto addresses."""

import time

import pytest

from syncd.normalise.wallets import CELL_CHARACTERS_MAX, wallets_of_cell

BTC, ETH, TRX = (
    "1InventedAddress2345678901234",
    "0x00InventedAddress8f2f27385AD75010cf0f2b",
    "TInvented1Address2Number3Four45678",
)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (BTC, [(BTC, None)]),
        (f"ETH: {ETH}", [(ETH, "ETH")]),
        (f"XBT {BTC}", [(BTC, "XBT")]),
        (f"(ETH) {ETH}", [(ETH, "ETH")]),
        (f"BSC: {ETH}  TRX: {TRX}", [(ETH, "BSC"), (TRX, "TRX")]),
        (f"Adresses de portefeuille de chaîne de blocs connues: {BTC}; {TRX}", [(BTC, None), (TRX, None)]),
        (f"{BTC} {BTC}", [(BTC, None)]),
        ("bc1short", [("bc1short", None)]),
        ("Addresses are known", [("Addresses are known", None)]),
    ],
)
def test_each_address_stands_alone_with_its_currency(cell: str, found: list[tuple[str, str | None]]) -> None:
    assert [(one.address, one.currency) for one in wallets_of_cell(cell)] == found


@pytest.mark.parametrize("piece", ["BTC: ", "a", "A ", "1", "(ETH", "a" * 121 + "-", "ABCDEF "])
def test_a_hostile_cell_is_read_in_linear_time(piece: str) -> None:
    def seconds(length: int) -> float:
        cell = (piece * length)[:length]
        began = time.process_time()
        wallets_of_cell(cell)
        return time.process_time() - began

    assert seconds(CELL_CHARACTERS_MAX) < 0.5
