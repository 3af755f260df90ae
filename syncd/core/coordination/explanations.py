"""The explanation of each coordination event: one sentence that a compliance officer can read."""

from collections.abc import Iterable, Sequence

from syncd.core.coordination.members import jurisdiction, listing_day, title
from syncd.core.coordination.target import Coordination, LinkEvidence, Member, Participation, Target

AUTHORITIES = {
    "us": "the United States",
    "uk": "the United Kingdom",
    "eu": "the European Union",
    "un": "the United Nations",
    "ca": "Canada",
    "ch": "Switzerland",
    "fr": "France",
    "au": "Australia",
    "jp": "Japan",
    "nz": "New Zealand",
    "be": "Belgium",
    "cz": "the Czech Republic",
    "ee": "Estonia",
    "il": "Israel",
    "lt": "Lithuania",
    "lv": "Latvia",
    "mc": "Monaco",
    "nl": "the Netherlands",
    "pl": "Poland",
    "tw": "Taiwan",
    "ua": "Ukraine",
    "xx": "the World Bank",
}
KEYS_SHOWN_MAX = 5
REASONS_SHOWN_MAX = 3


def name_of(authority: str) -> str:
    """Returns the authority's name in English; its code where the name is not known."""
    return AUTHORITIES.get(authority, authority)


def called(target: Target) -> str:
    """Returns the name of the target's founder, in quotes."""
    founder = next((one for one in target.members if one.key == target.founder), target.members[0])
    return f"“{title(founder)}”"


def started(target: Target, coordination: Coordination, window_days: int) -> str:
    """Returns the explanation of `coordination.started`."""
    who = _listed(coordination.participations)
    return (
        f"{_capital(_and(name_of(one) for one in _authorities(coordination)))} designated {called(target)} "
        f"within {_days(window_days)} of each other: {who}.{_caveat(target)}"
    )


def joined(target: Target, coordination: Coordination, by: Participation) -> str:
    """Returns the explanation of `coordination.joined`: the authority of `by` has joined."""
    others = [one for one in coordination.participations if one.authority != by.authority]
    who = _and(dict.fromkeys(name_of(one.authority) for one in others))
    return (
        f"{_capital(name_of(by.authority))} designated {called(target)} ({_act(by)}) together with {who} "
        f"({'; '.join(map(_act, others))}).{_caveat(target)}"
    )


def completed(target: Target, alliance: str, by: Participation) -> str:
    """Returns the explanation of `coordination.completed`: with `by` all of the alliance list the target."""
    return (
        f"With {name_of(by.authority)} ({_act(by)}), all of the {_alliance(alliance)} now list {called(target)}."
        f"{_caveat(target)}"
    )


def gap(
    target: Target, coordination: Coordination, alliance: str, authority: str, at: str, regimes: Iterable[str]
) -> str:
    """Returns the explanation of `coordination.gap`."""
    when = at[:16].replace("T", " ")
    own = _and(_regime(one) for one in sorted(regimes))
    return (
        f"{_capital(name_of(authority))} had not listed {called(target)} by {when} UTC, although it has a regime of "
        f"its own for {own} and others of the {_alliance(alliance)} designated it: "
        f"{_listed(coordination.participations)}.{_caveat(target)}"
    )


def diverged(target: Target, by: Member, keeping: Sequence[Member]) -> str:
    """Returns the explanation of `coordination.diverged`: `by` was delisted, `keeping` are still listed."""
    who = _and(dict.fromkeys(name_of(jurisdiction(one)) for one in keeping))
    verb = "keeps" if len({jurisdiction(one) for one in keeping}) == 1 else "keep"
    return (
        f"{_capital(name_of(jurisdiction(by)))} no longer lists {called(target)} ({by.key}); {who} {verb} it listed "
        f"({_since(keeping)}).{_caveat(target)}"
    )


def linked(target: Target, key: str, links: Sequence[LinkEvidence]) -> str:
    """Returns the explanation of `target.linked`, with the reasons of the best link."""
    others = _keys(one.b if one.a == key else one.a for one in links)
    return f"{key} and {others} are taken for one target, {called(target)}: {_reasons(links)}.{_caveat(target)}"


def split(target: Target, parted: Target, why: str) -> str:
    """Returns the explanation of `target.split`: `parted` was separated from `target`."""
    return (
        f"{_keys(one.key for one in parted.members)} is no longer taken for one target with "
        f"{_keys(one.key for one in target.members)} ({called(target)}): {why}."
    )


def asymmetry(target: Target, by: Member, facts: Sequence[str], others: Sequence[Member]) -> str:
    """Returns the explanation of `target.asymmetry`: `by` states `facts` that `others` do not."""
    more = f" and {len(facts) - KEYS_SHOWN_MAX} more" if len(facts) > KEYS_SHOWN_MAX else ""
    who = dict.fromkeys(name_of(jurisdiction(one)) for one in others)
    return (
        f"{_capital(name_of(jurisdiction(by)))} now states of {called(target)} ({by.key}) what {_and(who)} "
        f"({_keys(one.key for one in others)}) {'does' if len(who) == 1 else 'do'} not: "
        f"{'; '.join(facts[:KEYS_SHOWN_MAX])}{more}.{_caveat(target)}"
    )


def _caveat(target: Target) -> str:
    """Returns a sentence on members whose latest version could not be read; empty when there are none."""
    large = [one.key for one in target.members if one.stale and not one.unread]
    unread = [one.key for one in target.members if one.stale and one.unread]
    said = (("was too large to be read here", large), ("could not be taken here", unread))
    return "".join(f" The latest version of {_keys(keys)} {why}; an earlier one stands." for why, keys in said if keys)


def _regime(regime: str) -> str:
    return regime.upper() if regime == "dprk" else regime.capitalize()


def _alliance(alliance: str) -> str:
    return alliance.upper() if len(alliance) <= 3 else alliance


def _authorities(coordination: Coordination) -> list[str]:
    return sorted({one.authority for one in coordination.participations})


def _listed(participations: Iterable[Participation]) -> str:
    return "; ".join(f"{_capital(name_of(one.authority))} ({_act(one)})" for one in participations)


def _act(one: Participation) -> str:
    listed = one.listed_on or one.committed_at[:10]
    return f"{one.key}, {one.counted_on}, dated {listed}" if one.counted_on else f"{one.key}, {listed}"


def _since(members: Sequence[Member]) -> str:
    shown = [f"{one.key}, since {listing_day(one.periods[-1])}" for one in members[:KEYS_SHOWN_MAX] if one.periods]
    return "; ".join(shown)


def _reasons(links: Sequence[LinkEvidence]) -> str:
    best = max(links, key=lambda one: (one.score, one.a, one.b))
    reasons = "; ".join(best.reasons[:REASONS_SHOWN_MAX]) or "their particulars agree"
    return f"{reasons} (score {best.score:.2f})"


def _days(count: int) -> str:
    return f"{count} days" if count != 1 else "a day"


def _keys(keys: Iterable[str]) -> str:
    keys = sorted(set(keys))
    rest = len(keys) - KEYS_SHOWN_MAX
    return _and([*keys[:KEYS_SHOWN_MAX], f"{rest} more"] if rest > 0 else keys)


def _and(words: Iterable[str]) -> str:
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
