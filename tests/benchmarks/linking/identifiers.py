"""The US against the UK and the EU: pairs that share a passport, a national, tax, registration or IMO number, which is
then taken from both."""

from collections import defaultdict
from collections.abc import Mapping

from msgspec.structs import replace

from syncd.core.linking import identifiers, score
from syncd.core.linking.features import features_of
from syncd.core.model import Record
from tests.benchmarks.linking import documents, report
from tests.benchmarks.linking.documents import Pair

KINDS = {"passport", "national_id", "tax", "registration", "imo"}


def main() -> None:
    ours = documents.records("us_ofac_sdn")
    for feed in ("uk_sl", "eu_fsf"):
        theirs = documents.records(feed)
        shared = truth(ours, theirs)
        numbers = {number for values in shared.values() for number in values}
        by_key = {one.key: _without(one, numbers) for one in (*ours, *theirs)}
        links = documents.links(tuple(by_key.values()))
        _report(f"us_ofac_sdn and {feed}", set(shared), by_key, links)


def truth(ours: tuple[Record, ...], theirs: tuple[Record, ...]) -> dict[Pair, set[str]]:
    """The pairs, and what they share. A number that two records of one list state is no truth about either."""
    holders: dict[str, list[Record]] = defaultdict(list)
    for record in (*ours, *theirs):
        for value in _numbers(record):
            holders[value].append(record)
    found: dict[Pair, set[str]] = defaultdict(set)
    for value, several in holders.items():
        if len(several) == 2 and several[0].feed != several[1].feed and several[0].kind == several[1].kind:
            found[documents.pair(several[0].key, several[1].key)].add(value)
    return found


def _numbers(record: Record) -> set[str]:
    read = [identifiers.number(one) for one in record.identifiers]
    return {one[1] for one in read if one is not None and one[0] in KINDS}


def _without(record: Record, numbers: set[str]) -> Record:
    kept = []
    for one in record.identifiers:
        read = identifiers.number(one)
        if read is None or not (read[1] in numbers or read[0] in identifiers.REFERENCES):
            kept.append(one)
    return replace(record, identifiers=tuple(kept), remarks=(), reasons=(), other=(), relations=())


def _report(what: str, gold: set[Pair], by_key: Mapping[str, Record], links: dict[Pair, documents.Explained]) -> None:
    """What is found is judged where either record is in the truth; the others are what misleads."""
    in_truth = {key for one in gold for key in one}
    found = {one for one in documents.linked(links) if set(one) & in_truth}
    shown = report.table("shown_true.tsv")
    forbidden = {
        one: reason.text
        for one in gold
        if (reason := score.forbidden(*(features_of(by_key[key]) for key in one))) is not None
    }
    for kind in ("person", "organisation", "vessel"):
        true = report.of_kind(gold, kind, by_key)
        if true:
            false, missed = report.judge(what, kind, true, report.of_kind(found, kind, by_key), shown)
            report.errors(false, missed, links, forbidden)
    precise = len(found) - len({one for one in found - gold if one not in shown})
    recall = report.share(len(found & gold), len(gold))
    print(f"{what}, all: precision {report.share(precise, len(found))}, recall {recall}")
