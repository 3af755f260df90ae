"""What the feeds say of themselves, for people: `syncd feeds` and the README are made of it."""

from collections.abc import Iterable
from typing import Any

from syncd.core.slots import slot
from syncd.feeds.contract import Feed
from syncd.pace import pace


def facts(feed: Feed) -> dict[str, Any]:
    """A feed as plain JSON values."""
    its = pace(feed)
    return {
        "feed": feed.id,
        "title": feed.title,
        "jurisdiction": feed.jurisdiction,
        "authority": feed.authority,
        "legal_basis": feed.legal_basis,
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
        "partition": slot(feed.id),
    }


def markdown(feeds: Iterable[Feed]) -> str:
    """One section a feed."""
    return "\n\n".join(_section(feed) for feed in feeds)


def overview(feeds: Iterable[Feed]) -> str:
    """One table of all feeds, for the README."""
    lines = ["| feed | list | authority | format | evidence |", "|---|---|---|---|---|"]
    for feed in feeds:
        vocabularies = ", ".join(dict.fromkeys(source.vocabulary for source in feed.sources))
        lines.append(f"| `{feed.id}` | {feed.title} | {feed.authority} | {vocabularies} | {feed.evidence} |")
    return "\n".join(lines)


def _section(feed: Feed) -> str:
    its = pace(feed)
    limits = feed.limits
    lines = [
        f"### `{feed.id}`: {feed.title}",
        f"- Authority: {feed.authority} ({feed.jurisdiction}). Legal basis: {feed.legal_basis}",
        f"- Page: {feed.homepage}",
        *(f"- Source `{one.name}` ({one.vocabulary}): {one.url}" for one in feed.sources),
        f"- Asked every {its.interval_seconds} s; from list to ledger {its.delay_seconds} s. {its.reason}".rstrip(),
        f"- Key: {feed.id_rule}",
        f"- Refused below {limits.records_min} records; removals held above {limits.removals_max} "
        f"or {limits.removals_ratio:.0%}",
        f"- Reading rests on: {feed.evidence}",
        *(f"- {quirk}" for quirk in feed.quirks),
    ]
    return "\n".join(lines)
