"""Counts, shares with their 95 % intervals, and every error in a line of its own."""

import csv
from collections.abc import Collection, Iterable, Mapping
from math import sqrt
from pathlib import Path

from syncd.core.linking import Explained
from syncd.core.model import Record
from tests.benchmarks.linking.documents import Pair

_Z = 1.96


def share(hits: int, of: int) -> str:
    """`0.995 [0.989, 0.998]`, by Wilson."""
    if not of:
        return "-"
    part, square = hits / of, _Z * _Z
    middle = (part + square / (2 * of)) / (1 + square / of)
    wide = _Z * sqrt(part * (1 - part) / of + square / (4 * of * of)) / (1 + square / of)
    return f"{part:.4f} [{middle - wide:.4f}, {min(middle + wide, 1.0):.4f}]"


def table(name: str) -> dict[Pair, list[str]]:
    """A tab-separated table of this folder: two keys, and what is said of the pair."""
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as stream:
        return {(a, b): rest for a, b, *rest in csv.reader(stream, delimiter="\t")}


def judge(
    what: str,
    kind: str,
    gold: Collection[Pair],
    found: Collection[Pair],
    known: Mapping[Pair, list[str]],
) -> tuple[set[Pair], set[Pair]]:
    """Prints a line, and returns what is false and what was missed. `known`: pairs shown true by eye."""
    hits = set(gold) & set(found)
    true = {one for one in set(found) - set(gold) if one in known}
    false = set(found) - set(gold) - true
    right = len(hits) + len(true)
    print(
        f"{what}, {kind}s: {len(gold)} true pairs, {len(hits)} found, {len(true)} more shown true by eye, "
        f"{len(false)} false; precision {share(right, right + len(false))}, recall {share(len(hits), len(gold))}"
    )
    return false, set(gold) - set(found)


def errors(
    false: Iterable[Pair],
    missed: Iterable[Pair],
    links: Mapping[Pair, Explained],
    why: Mapping[Pair, str] | None = None,
) -> None:
    for title, pairs in (("false", false), ("missed", missed)):
        for one in sorted(pairs):
            link = links.get(one)
            said = (why or {}).get(one) or (
                "; ".join(f"{reason.kind}: {reason.text}" for reason in link.reasons) if link else "no common evidence"
            )
            print(f"  {title}: {one[0]} {one[1]} {link.score if link else 0:.3f} {said}")


def of_kind(pairs: Iterable[Pair], kind: str, by_key: Mapping[str, Record]) -> set[Pair]:
    return {one for one in pairs if by_key[one[0]].kind == kind}
