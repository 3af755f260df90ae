"""UN and UK without the references of one to the other, which are then the truth: whole, and with half of the true
partners taken away, because a list whose every record has a partner is too easy."""

import random
from collections.abc import Mapping

from msgspec.structs import replace

from syncd.core.linking.identifiers import REFERENCES
from syncd.core.model import Record
from tests.benchmarks.linking import documents, report
from tests.benchmarks.linking.documents import Pair

SEEDS = (1, 2, 3, 4, 5)
KINDS = ("person", "organisation")


def main() -> None:
    un, uk = documents.records("un_sc"), documents.records("uk_sl")
    by_key = {record.key: record for record in (*un, *uk)}
    gold = truth(un, uk)
    shown = report.table("shown_true.tsv")
    _run("with references", un, uk, gold, shown, by_key)
    un, uk = tuple(map(without_references, un)), tuple(map(without_references, uk))
    _run("without references", un, uk, gold, shown, by_key)
    totals = dict.fromkeys(KINDS, (0, 0, 0))
    for seed in SEEDS:
        away = taken_away(gold, seed)
        left = {pair for pair in gold if not set(pair) & away}
        rest = tuple(record for record in uk if record.key not in away)
        counts = _run(f"half of the partners taken away, seed {seed}", un, rest, left, shown, by_key)
        for kind, one in counts.items():
            totals[kind] = tuple(map(sum, zip(totals[kind], one, strict=True)))  # type: ignore[assignment]
    for kind, (true, found, false) in totals.items():
        print(f"half taken away, five seeds, {kind}s: {false} false, recall {report.share(found, true)}")


def truth(un: tuple[Record, ...], uk: tuple[Record, ...]) -> set[Pair]:
    """The pairs that the UK list states."""
    known = {record.key.partition(":")[2]: record.key for record in un}
    return {
        documents.pair(record.key, known[one.value])
        for record in uk
        for one in record.identifiers
        if one.type == "un_reference" and one.value in known
    }


def without_references(record: Record) -> Record:
    """Nothing is left that names a record of another list: no reference, and no text that may hold one."""
    return replace(
        record,
        identifiers=tuple(one for one in record.identifiers if one.type not in REFERENCES),
        remarks=(),
        reasons=(),
        other=(),
        relations=(),
    )


def taken_away(gold: set[Pair], seed: int) -> set[str]:
    partners = sorted({key for pair in gold for key in pair if key.startswith("uk_sl:")})
    return set(random.Random(seed).sample(partners, len(partners) // 2))


def _run(
    what: str,
    un: tuple[Record, ...],
    uk: tuple[Record, ...],
    gold: set[Pair],
    shown: Mapping[Pair, list[str]],
    by_key: Mapping[str, Record],
) -> dict[str, tuple[int, int, int]]:
    """Prints, and returns for each kind how many pairs are true, found, and false."""
    links = documents.links(un, uk)
    found = documents.linked(links)
    counts = {}
    for kind in KINDS:
        true = report.of_kind(gold, kind, by_key)
        false, missed = report.judge(what, kind, true, report.of_kind(found, kind, by_key), shown)
        report.errors(false, missed, links)
        counts[kind] = (len(true), len(true) - len(missed), len(false))
    return counts
