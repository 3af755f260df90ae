"""The feeds' statements about themselves, for people: `syncd feeds` and the README are made of them."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from syncd.core.limits import TABLE, Limit, default
from syncd.feeds.contract import DocumentShape, Feed, JsonShape, Reader, Source, XmlShape
from syncd.feeds.coverage import by_country, country_name
from syncd.feeds.pace import pace_of

EXPECTED = {"xml": "XML", "json": "JSON", "table": "CSV or workbook"}
EVIDENCE = {
    "full": "Whole documents of the publisher were read.",
    "excerpt": "Some of the publisher's records, or an earlier format whole, were read.",
    "shape": "The form of the document is known, with invented or rebuilt content.",
}


def feed_facts(feed: Feed) -> dict[str, Any]:
    """Return a feed as plain JSON values."""
    its = pace_of(feed)
    return {
        "feed": feed.id,
        "title": feed.title,
        "jurisdiction": feed.jurisdiction,
        "authority": feed.authority,
        "legal_basis": feed.legal_basis,
        "country": country_name(feed.id[:2]),
        "measure_types": list(feed.measures.possible),
        "measures_source": feed.measures.source,
        "on_by_default": feed.on_by_default,
        "homepage": feed.homepage,
        "sources": [{"name": one.name, "url": one.url, "vocabulary": one.vocabulary} for one in feed.sources],
        "interval_seconds": feed.interval_seconds,
        "bytes_a_day": its.bytes_a_day,
        "delay_seconds": its.delay_seconds,
        "id_rule": feed.id_rule,
        "quirks": list(feed.quirks),
        "limits": {name: getattr(feed.limits, name) for name in feed.limits.__struct_fields__},
        "evidence": feed.evidence,
        "parser_version": feed.parser_version,
        "partition": feed.partition,
    }


def markdown(feeds: Iterable[Feed]) -> str:
    """Return Markdown with one section a feed, under its country."""
    parts = []
    for country, of_country in groupby(by_country(feeds), key=lambda feed: country_name(feed.id[:2])):
        parts += [f"## {country}", *(_section(feed) for feed in of_country)]
    return "\n\n".join(parts)


def overview(feeds: Iterable[Feed]) -> str:
    """Return one table of all feeds by country, for the README; `markdown` has the fields that it leaves out."""
    lines = [
        "| country | feed | list | imposes | authority | legal basis | format | evidence |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for feed in by_country(feeds):
        formats = ", ".join(dict.fromkeys(f"{EXPECTED[one.expect]} ({one.vocabulary})" for one in feed.sources))
        evidence = feed.evidence if feed.on_by_default else f"{feed.evidence}; off by default"
        cells = (
            *(country_name(feed.id[:2]), f"`{feed.id}`", feed.title, _imposes(feed), feed.authority, feed.legal_basis),
            *(formats, evidence),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _imposes(feed: Feed) -> str:
    return ", ".join(f"`{word}`" for word in feed.measures.possible)


def _section(feed: Feed) -> str:
    its = pace_of(feed)
    lines = [
        f"### `{feed.id}`: {feed.title}",
        f"- Authority: {feed.authority} ({feed.jurisdiction})",
        f"- Legal basis: {feed.legal_basis}",
        f"- Imposes: {_imposes(feed)}. {feed.measures.source}",
        f"- Page: {feed.homepage}",
        *(f"- Source `{one.name}`: {_source(one)}" for one in feed.sources),
        f"- Pace: asked every {its.interval_seconds} s, at worst {its.bytes_a_day / 1_000_000:,.0f} MB a day; "
        f"from list to ledger {its.delay_seconds} s. {its.reason}".rstrip(),
        *([f"- The list follows the act: {feed.delay}"] if feed.delay else []),
        f"- Key: {feed.id_rule}",
        f"- Kafka: partition {feed.partition} of every topic that has one a feed",
        *(f"- Vocabulary `{name}`: {_vocabulary(reader)}" for name, reader in feed.readers.items()),
        f"- Limits:\n{_limits(feed)}",
        f"- Evidence: {feed.evidence}. {EVIDENCE[feed.evidence]}"
        + ("" if feed.on_by_default else " Off by default: name it in feeds.enable."),
        *(f"- Quirk: {quirk}" for quirk in feed.quirks),
    ]
    return "\n".join(lines)


def _vocabulary(reader: Reader) -> str:
    """Where its documents have entries, ids, names and date."""
    dated = "" if reader.dated else "; a document does not say when it was published"
    return f"{_places(reader.shape)}{dated}"


def _places(shape: DocumentShape) -> str:
    names = _quoted(shape.names)
    if isinstance(shape, XmlShape):
        ids = _quoted((*shape.id_elements, *(f"@{name}" for name in shape.id_attributes)))
        return f"entries {_quoted(shape.entries)}, id {ids or 'none'}, names {names}"
    id_ = _quoted((shape.id,)) if shape.id else "none"
    if isinstance(shape, JsonShape):
        return f"entries in `{'.'.join(shape.entries)}`, id {id_}, names {names}"
    return f"one row an entry below the header with {_quoted((shape.header,))}, id {id_}, names {names}"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _source(source: Source) -> str:
    """Format, size and address; a document that is discovered has the address of the page."""
    packed = " in a ZIP" if source.packing == "zip" else ""
    megabytes = max(0.1, source.typical_bytes / 1_000_000)
    asked = " and ".join(gate.url for gate in source.gates)
    gate = f"; asked first: {asked}" if asked else "; a conditional question"
    return f"{EXPECTED[source.expect]}{packed} ({source.vocabulary}), about {megabytes:.2g} MB, {source.url}{gate}"


def _limits(feed: Feed) -> str:
    """All of them, from their table: those that the feed sets first, by name, with what happens beyond each."""
    stated = [one for one in TABLE if getattr(feed.limits, one.name) != default(one.name)]
    usual = [one for one in TABLE if one not in stated]
    return "\n".join(f"  - {_limit(feed, one)}" for one in (*stated, *usual))


def _limit(feed: Feed, limit: Limit) -> str:
    value, usual = getattr(feed.limits, limit.name), default(limit.name)
    aside = "" if usual is None or usual == value else f" (by default {_shown(limit, usual)})"
    return f"`{limit.name}` {_shown(limit, value)}{aside}: {limit.says}"


def _shown(limit: Limit, value: float) -> str:
    return (
        f"{value:.1%} of {limit.unit.removeprefix('share of ')}"
        if limit.unit.startswith("share")
        else (f"{value:,} {limit.unit}")
    )
