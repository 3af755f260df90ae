"""The page: one card a feed, made on the server; no script, no picture, nothing from elsewhere.

It must be readable on a phone, in the dark and without colours, and it says first what needs a person.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from syncd.describing import EVIDENCE
from syncd.observe.status import FeedStatus, HoldStatus, Word

REFRESH_SECONDS = 30
DIGEST_CHARACTERS = 12
TEXT_CHARACTERS_MAX = 300

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #f6f7f8; --card: #fff; --line: #d5d9de; --quiet: #57606a;
  --good: #116329; --wait: #7d4e00; --bad: #a40e26; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --paper: #14171a; --card: #1d2125; --line: #3a4047;
  --quiet: #a3adb8; --good: #6fdd8b; --wait: #f0b72f; --bad: #ff938a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; font: 1rem/1.45 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
header p { color: var(--quiet); margin: .2rem 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); }
article { background: var(--card); border: 1px solid var(--line); border-left-width: .4rem; border-radius: .4rem;
  padding: .8rem 1rem; overflow-wrap: anywhere; }
article.good { border-left-color: var(--good); }
article.wait { border-left-color: var(--wait); }
article.bad { border-left-color: var(--bad); }
.status { font-weight: 600; margin: .1rem 0 .5rem; }
.good .status { color: var(--good); } .wait .status { color: var(--wait); } .bad .status { color: var(--bad); }
.title { color: var(--quiet); margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .8rem; margin: 0; }
dt { color: var(--quiet); } dd { margin: 0; }
.failure, .hold { margin: .6rem 0 0; padding-top: .5rem; border-top: 1px solid var(--line); }
code { font-size: .9em; }
footer { color: var(--quiet); margin: 1.2rem 0; } a { color: inherit; }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# How a status looks, and how it is said to whoever does not see the colour.
_LOOKS: dict[Word, tuple[str, str]] = {
    "ok": ("good", "✓ ok"),
    "held": ("wait", "⏸ held: removals wait for a person"),
    "paused": ("wait", "⏸ paused"),
    "baselining": ("wait", "… making its baseline"),
    "failing": ("bad", "✗ failing"),
    "stale": ("bad", "✗ stale: no successful check for too long"),
}
_URGENCY: tuple[Word, ...] = ("failing", "stale", "held", "paused", "baselining", "ok")


def render(statuses: Sequence[FeedStatus], *, version: str, standby: bool) -> str:
    """The whole page as HTML."""
    ordered = sorted(statuses, key=lambda status: (_URGENCY.index(status.status), status.feed))
    cards = "\n".join(_card(status) for status in ordered) or "<p>No feed is enabled.</p>"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{REFRESH_SECONDS}">
<title>{escape(_title(statuses, standby))}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>syncd</h1>
<p>{escape(_summary(statuses, standby))}</p>
</header>
<main>
{cards}
</main>
<footer>syncd {escape(version)} · <a href="/api/status">status as JSON</a> · <a href="/metrics">metrics</a></footer>
</body>
</html>
"""


def _title(statuses: Sequence[FeedStatus], standby: bool) -> str:
    if standby:
        return "syncd: standing by"
    unwell = sum(status.status != "ok" for status in statuses)
    return f"syncd: {unwell} of {len(statuses)} not ok" if unwell else "syncd: ok"


def _summary(statuses: Sequence[FeedStatus], standby: bool) -> str:
    counts = {word: sum(status.status == word for status in statuses) for word in _URGENCY}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    records = sum(status.records for status in statuses)
    text = f"{len(statuses)} feeds: {told}. {records:,} records in force." if statuses else "Nothing is watched."
    return f"Standing by: another replica is active. {text}" if standby else text


def _card(status: FeedStatus) -> str:
    look, words = _LOOKS[status.status]
    title = f'<p class="title">{escape(status.title)}</p>\n' if status.title else ""
    facts = "\n".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in _facts(status))
    return f"""<article class="{look}" id="{escape(status.feed)}">
<h2>{escape(status.feed)}</h2>
{title}<p class="status">{escape(words)}</p>
<dl>
{facts}
</dl>{_failure(status)}{"".join(_held(hold, status.at) for hold in status.holds)}
</article>"""


def _facts(status: FeedStatus) -> Iterable[tuple[str, str]]:
    yield "Last checked", _when(status.checked_at, status.at)
    yield "Last changed", _when(status.changed_at, status.at)
    if status.published:
        yield "Publication", escape(status.published)
    yield "Records", f"{status.records:,}"
    yield "Commit", f"{status.commit:,} (sequence {status.sequence:,})"
    if status.ledger_digest:
        short = escape(status.ledger_digest[:DIGEST_CHARACTERS])
        yield "Digest", f'<code title="{escape(status.ledger_digest)}">{short}…</code>'
    if status.source:
        yield "Source", escape(status.source)
    if status.evidence:
        yield "Evidence", f"{escape(status.evidence)}: {escape(EVIDENCE.get(status.evidence, ''))}"
    counted = (("Partial", status.partial), ("Quarantined", status.quarantined), ("Deferred", status.deferred))
    for name, number in (*counted, ("Held", status.held_keys)):
        if number:
            yield name, f"{number:,}"


def _failure(status: FeedStatus) -> str:
    """The last failure, also after a recovery; and why the feed is not ok when that is something else."""
    parts = []
    if status.message and status.message != status.why:
        parts.append(_clipped(status.message))
    if status.why:
        row = f"{status.failures} in a row" if status.failures else "recovered since"
        parts.append(f"Last failure {_when(status.failed_at, status.at)}, {row}: {_clipped(status.why)}")
    return "".join(f'\n<p class="failure">{part}</p>' for part in parts)


def _held(hold: HoldStatus, now: str) -> str:
    what = f"{hold.keys:,} keys" if hold.kind == "removals" else "a document"
    decided = " (rejected: they stay in force)" if hold.rejected else ""
    return (
        f'\n<p class="hold">Hold <code>{escape(hold.id)}</code>, {what}, {_when(hold.since, now)}{decided}: '
        f"{_clipped(hold.why)}</p>"
    )


def _clipped(text: str) -> str:
    return escape(text if len(text) <= TEXT_CHARACTERS_MAX else text[: TEXT_CHARACTERS_MAX - 1] + "…")


def _when(at: str, now: str) -> str:
    """A time with its age, `never` for none."""
    if not at:
        return "never"
    seconds = (datetime.fromisoformat(now) - datetime.fromisoformat(at)).total_seconds()
    return f'<time datetime="{escape(at)}" title="{escape(at)}">{_age(seconds)}</time>'


def _age(seconds: float) -> str:
    """How long ago, in one unit: people compare ages, not clocks."""
    if seconds < 0:
        return "in the future"
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // length)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return f"{int(seconds)} s ago"
