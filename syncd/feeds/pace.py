"""How often each list is asked, what that costs at worst, and how late a change can be: computed from the feeds.

bytes a day   each gate answer, and as many whole documents as the day can need; a document that several feeds share
              travels once, with the first of them
delay         the gate's interval, the download, and a few seconds for everything else
"""

from collections.abc import Iterable

from msgspec import Struct

from syncd.feeds.contract import Feed

DAY_SECONDS = 86_400
INTERVAL_SECONDS_MAX = 600
BYTES_A_DAY_MAX = 2_000_000_000
# An answer without a body: request and response headers.
ANSWER_BYTES = 1_500
# Whole documents in a day at worst: one comparison of everything, and every publication of a busy day.
PUBLICATIONS_A_DAY = 12
OWN_SECONDS = 5.0
# The slowest line at which a client of OFAC was seen (facts of the feeds): bytes a second.
SLOW_LINE = 190_000


class Pace(Struct, frozen=True, kw_only=True):
    """One feed's pace. `delay_seconds`: from the list to the ledger, expected, on the slow line above. `shares` is the
    feed with which the document travels; its bytes are then counted there."""

    feed: str
    interval_seconds: int
    bytes_a_day: int
    delay_seconds: int
    reason: str = ""
    shares: str = ""


def paces(feeds: Iterable[Feed]) -> list[Pace]:
    """The paces of feeds that are watched together: a document that they share is counted once."""
    first: dict[str, str] = {}
    found = []
    for feed in feeds:
        source = feed.sources[0]
        carrier = first.setdefault(source.url, feed.id) if source.shared else feed.id
        found.append(pace_of(feed, shares="" if carrier == feed.id else carrier))
    return found


def pace_of(feed: Feed, shares: str = "") -> Pace:
    """The pace of a feed with its preferred source, whose document comes with the feed that it `shares` it with."""
    source = feed.sources[0]
    polls = DAY_SECONDS // feed.interval_seconds
    gates = sum(ANSWER_BYTES + gate.typical_bytes for gate in source.gates) or ANSWER_BYTES
    documents = 0 if shares else 1 + PUBLICATIONS_A_DAY
    download = source.typical_seconds or source.typical_bytes / SLOW_LINE
    return Pace(
        feed=feed.id,
        interval_seconds=feed.interval_seconds,
        bytes_a_day=polls * gates + documents * source.typical_bytes,
        delay_seconds=round(feed.interval_seconds + download + OWN_SECONDS),
        reason=" ".join(part for part in (feed.interval_reason, feed.bytes_reason) if part),
        shares=shares,
    )


def unreasoned(feeds: Iterable[Feed]) -> list[str]:
    """Return the faults of the paces, one line each: too slow, too heavy, or odd without a reason."""
    found = []
    for feed in feeds:
        its = pace_of(feed)
        if its.interval_seconds > INTERVAL_SECONDS_MAX:
            found.append(f"{feed.id}: asked every {its.interval_seconds} s, more than {INTERVAL_SECONDS_MAX}")
        if its.bytes_a_day > BYTES_A_DAY_MAX and not feed.bytes_reason:
            found.append(f"{feed.id}: {its.bytes_a_day} bytes a day without a reason")
        if not feed.sources[0].typical_bytes:
            found.append(f"{feed.id}: does not say how large its document is")
    return found


def pace_table(feeds: Iterable[Feed]) -> str:
    """The paces as a Markdown table."""
    lines = ["| feed | asked every | at worst a day | from list to ledger |", "|---|---|---|---|"]
    for its in paces(feeds):
        cost = _bytes(its.bytes_a_day) + (f", and the document of `{its.shares}`" if its.shares else "")
        lines.append(f"| `{its.feed}` | {its.interval_seconds} s | {cost} | {its.delay_seconds} s |")
    return "\n".join(lines)


def _bytes(count: int) -> str:
    return f"{count / 1_000_000:,.0f} MB"
