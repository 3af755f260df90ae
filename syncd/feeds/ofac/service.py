"""The common ground of OFAC's two lists: where the service gives them, the gate, and the readers of both vocabularies.

The service answers a document with a redirect to a signed address that lives an hour. Its history of publications
numbers every one, on whichever list: cheap to ask, and a new number means that one of the lists may have changed.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO

import msgspec

from syncd.errors import DocumentRefused, Unreadable
from syncd.feeds.contract import Gate, GateAnswer, Header, Published, RawEntry, Reader, Source, XmlShape
from syncd.feeds.difference import NOTHING_LEFT, Left
from syncd.feeds.measures import Terms
from syncd.feeds.ofac import advanced, advanced_party, enhanced
from syncd.formats.json import UNDECODABLE
from syncd.normalise import dates

# What OFAC's types of sanctions impose. Directives 1 to 3 of Executive Order 13662, 1 and 3 of 14024 and the orders on
# Chinese military companies concern new debt and equity; all else (goods for oil projects, accounts of banks, rejected
# payments) is none of the words.
MEASURE_TERMS: Terms = (
    (re.compile("^Block"), ("asset_freeze",)),
    (re.compile("^13662 Sectoral Directive [123]"), ("capital_market",)),
    (re.compile("^Executive Order 14024 Directive [13]"), ("capital_market",)),
    (re.compile("CMIC|Executive Order 13959"), ("capital_market",)),
    (re.compile("^(?:Reject|561|CAPTA|CAATSA|NDAA|Non-SDN)"), ("other",)),
    (re.compile("Directive 4|14024 Directive 2|14014 Directive|Non-blocking"), ("other",)),
)

SERVICE = "https://sanctionslistservice.ofac.treas.gov"
_EXPORTS = f"{SERVICE}/api/PublicationPreview/exports"
_history = msgspec.json.Decoder(list[dict[str, Any]])


def read_history(body: bytes, url: str) -> GateAnswer:
    """The answer of `/changes/history/{year}/{month}`: a list of `{publicationID, datePublished}`.

    A month without a publication, as at its start, is an empty list; the token is then the month's own, so that it
    stays the same until the first publication. Raises DocumentRefused.
    """
    try:
        rows = _history.decode(body)
        history = sorted((int(row["publicationID"]), str(row["datePublished"])) for row in rows)
    except (*UNDECODABLE, KeyError, TypeError, ValueError):
        raise DocumentRefused("the history of publications is not a list of publicationID and datePublished") from None
    if not history:
        return GateAnswer(token=f"none in {'/'.join(url.rstrip('/').split('/')[-2:])}")
    return GateAnswer(
        token=str(history[-1][0]),
        history=tuple(Published(id=str(number), date=_day(published)) for number, published in history),
    )


def _day(published: str) -> str | None:
    try:
        return dates.iso_day(published)
    except Unreadable:
        return None


def sources(prefix: str, *, megabytes: int, zipped_megabytes: int) -> tuple[Source, ...]:
    """The three documents of a list in order of preference. `prefix` is that of the file names: `SDN` or `CONS`.

    `megabytes` and `zipped_megabytes` are what the Advanced document weighs, plain and as ZIP.
    """
    gate = Gate(url=f"{SERVICE}/changes/history/{{year}}/{{month:02}}", read=read_history)
    return (
        _source("advanced_zip", f"{prefix}_ADVANCED.ZIP", "advanced", gate, zipped_megabytes),
        _source("advanced_xml", f"{prefix}_ADVANCED.XML", "advanced", gate, megabytes),
        _source("enhanced_zip", f"{prefix}_ENHANCED.ZIP", "enhanced", gate, zipped_megabytes),
    )


def _source(name: str, file: str, vocabulary: str, gate: Gate, megabytes: int) -> Source:
    zipped = name.endswith("_zip")
    typical = megabytes * 1_000_000
    return Source(
        name=name,
        url=f"{_EXPORTS}/{file}",
        vocabulary=vocabulary,
        packing="zip" if zipped else "plain",
        gates=(gate,),
        bytes_max=max(4 * typical, 20_000_000),
        typical_bytes=typical,
        # One client saw 190 kB/s; most see ten times that.
        typical_seconds=max(1.0, typical / 2_000_000),
        timeout_seconds=900.0,
    )


def readers(feed: str, list_name: str) -> dict[str, Reader]:
    """The readers of `feed`. A document in which nobody stands on OFAC's list `list_name` is refused."""
    return {
        "advanced": Reader(
            entries=partial(_advanced_entries, list_name=list_name),
            record=partial(advanced_party.record, feed=feed),
            shape=XmlShape(entries=("DistinctParty",), id_attributes=("FixedRef",), names=("Alias",)),
            pieces=advanced.PIECES,
            entries_without=partial(_advanced_entries, list_name=list_name),
        ),
        "enhanced": Reader(
            entries=partial(_enhanced_entries, list_name=list_name),
            record=partial(enhanced.record, feed=feed),
            shape=XmlShape(entries=("entity",), id_attributes=("id",), names=("names",)),
            pieces=enhanced.PIECES,
        ),
    }


def _advanced_entries(
    stream: BinaryIO, header: Header, left: Left = NOTHING_LEFT, *, list_name: str
) -> Iterator[RawEntry]:
    contents = advanced.read_advanced(stream, left)
    _check_list(contents.lists, list_name)
    header.published = contents.published
    header.references.update(contents.references)
    for bundle in contents.parties:
        yield RawEntry(raw=bundle.xml + bundle.related, content=bundle)


def _enhanced_entries(stream: BinaryIO, header: Header, *, list_name: str) -> Iterator[RawEntry]:
    for part in enhanced.read_enhanced(stream):
        if isinstance(part, bytes):
            yield RawEntry(raw=part, content=part)
            continue
        if part.lists:
            _check_list(part.lists, list_name)
        header.published = part.published and _day(part.published)


def _check_list(lists: frozenset[str], list_name: str) -> None:
    if list_name not in lists:
        raise DocumentRefused(f"it is not the {list_name}, but {', '.join(sorted(lists)) or 'no list at all'}")
