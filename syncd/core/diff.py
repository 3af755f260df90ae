"""The differences between two versions of a record, and whether they matter to a screener."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from rapidfuzz.distance import Levenshtein

from syncd.core import canonical, content, times
from syncd.core.coordination.rules import WINDOW_DAYS
from syncd.core.events import FieldChange, Times
from syncd.core.linking.spelling import LEGAL_FORMS
from syncd.core.model import Record

# A change of these can alter a screening result: what a name is matched on, what a match is scored or discarded by, and
# what a match leads to (`schemas/README.md` says why, field by field). Everything else is cosmetic to a screener.
MATERIAL = frozenset(
    {"kind", "names", "birth_dates", "identifiers", "listings"}
    | {"birth_places", "nationalities", "citizenships", "countries", "genders", "established"}
)
# … and within them, these parts cannot.
COSMETIC_PARTS = frozenset({"note", "label", "amended_on"})
# Numbers in which the letter case is part of the number; in all other texts it says nothing.
CASE_SENSITIVE = frozenset({"crypto_address"})
# What nobody could read may be any of the above.
UNKNOWN = frozenset({"other", "unreadable"})

# The parts by which two elements of a list are the same thing in another form.
IDENTITY: dict[str, tuple[str, ...]] = {
    "names": ("full",),
    "identifiers": ("type", "value"),
    "listings": ("list",),
    "relations": ("type", "key", "name"),
    "contacts": ("type", "value"),
    "addresses": ("full", "lines", "city"),
    "other": ("name",),
}
# Two parties that share none of so many names share none.
COMPARED_NAMES_MAX = 100
LONG_WORD = 6
_WORDS = re.compile(r"[^\W_]+")
# Our own bookkeeping, which other fields of a change carry.
SKIPPED = frozenset({"key", "feed", "completeness", canonical.UNCOMPARED})
# An act so many days before the publication that did not have it yet is back-dated: the default window of coordination.
BACKDATED_DAYS = WINDOW_DAYS
# What an empty text, list or part and an absent one are alike.
NOTHING = canonical.json_bytes(None)


def field_changes(before: Record, after: Record) -> tuple[FieldChange, ...]:
    """Return every difference between the canonical forms, with the values as published. Empty when the forms are the
    same."""
    found: list[FieldChange] = []
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    for name in Record.__struct_fields__:
        if name not in SKIPPED:
            found.extend(_compare(name, old.get(name), new.get(name)))
    return tuple(found)


def _compare(path: str, old: Any, new: Any) -> Iterable[FieldChange]:
    if isinstance(old or new, dict):
        old, new = old or {}, new or {}
        for name in dict.fromkeys([*old, *new]):
            yield from _compare(f"{path}.{name}", old.get(name), new.get(name))
    elif isinstance(old or new, (list, tuple)):
        yield from _compare_lists(path, list(old or ()), list(new or ()))
    elif _canonical(old) != _canonical(new):
        yield FieldChange(path=path, op="replaced", before=old, after=new)


def _compare_lists(path: str, old: list[Any], new: list[Any]) -> Iterable[FieldChange]:
    """The elements of two lists that differ, as multisets: first the pairs, then what only one of the lists has, in the
    order published. The time is that of the two lists, and not of their product."""
    removed, added = _beyond(old, new), _beyond(new, old)
    pairs = _pairs(path, removed, added)
    for before, after in pairs.items():
        yield FieldChange(path=path, op="replaced", before=removed[before], after=added[after])
    became = set(pairs.values())
    yield from (
        FieldChange(path=path, op="removed", before=value) for at, value in enumerate(removed) if at not in pairs
    )
    yield from (FieldChange(path=path, op="added", after=value) for at, value in enumerate(added) if at not in became)


def _beyond(some: list[Any], others: list[Any]) -> list[Any]:
    """The elements of `some` beyond those of `others`, as multisets of canonical values, in the order published."""
    left = Counter(map(_canonical, others))
    beyond = []
    for value in some:
        mark = _canonical(value)
        if mark == NOTHING:
            continue
        if left[mark] > 0:
            left[mark] -= 1
        else:
            beyond.append(value)
    return beyond


def _pairs(path: str, removed: list[Any], added: list[Any]) -> dict[int, int]:
    """Return which removed element became which added one, as place → place. Each becomes the first with the same
    identity that is not taken; the only two that are left become each other."""
    pairs: dict[int, int] = {}
    parts = IDENTITY.get(path)
    if parts:
        waiting: defaultdict[bytes, deque[int]] = defaultdict(deque)
        for place, value in enumerate(added):
            waiting[_identity(value, parts)].append(place)
        for place, value in enumerate(removed):
            if same := waiting.get(_identity(value, parts)):
                pairs[place] = same.popleft()
    if len(removed) - len(pairs) == 1 and len(added) - len(pairs) == 1:
        (before,) = set(range(len(removed))) - pairs.keys()
        (after,) = set(range(len(added))) - set(pairs.values())
        pairs[before] = after
    return pairs


def _identity(value: Any, parts: tuple[str, ...]) -> bytes:
    return canonical.json_bytes([canonical.tidy(value.get(part)) for part in parts])


def mark(part: msgspec.Struct) -> bytes:
    """Return the canonical bytes of a part of a record: equal for two parts that are canonically the same."""
    return _canonical(msgspec.to_builtins(part))


def _canonical(value: Any) -> bytes:
    """The bytes of a canonical value; those of nothing for all that the canonical form leaves out."""
    tidied = canonical.tidy(value)
    return NOTHING if tidied in ("", [], {}) else canonical.json_bytes(tidied)


def is_material(changes: Iterable[FieldChange], versions: Iterable[Record] = ()) -> bool:
    """Return whether one of the changes between the `versions` can alter a screening result.

    A field that could not be read counts as material when one of the versions is partial. A name that comes or goes
    counts for nothing while the same name in other letters stands in all versions.
    """
    changes, versions = tuple(changes), tuple(versions)
    partial = any(version.completeness == "partial" for version in versions)
    standing = _standing_names(versions) if any(_field(change) == "names" for change in changes) else {}
    balance: Counter[tuple[str, str]] = Counter()
    for change in changes:
        field = _field(change)
        if field in UNKNOWN and partial:
            return True
        if field == "names" and _stands_otherwise(change, standing):
            continue
        if field in MATERIAL:
            balance[field, _screened(change.after)] += 1
            balance[field, _screened(change.before)] -= 1
    # Taken together, because several values that only change their letter case or note are not paired.
    return any(count for (_, seen), count in balance.items() if seen != NOTHING.decode())


def _field(change: FieldChange) -> str:
    return change.path.partition(".")[0]


def _standing_names(versions: tuple[Record, ...]) -> dict[str, set[bool]]:
    """The names that stand in every version, without letter case, each with whether it is weak. Once for a record:
    a record may change thousands of names."""
    if not versions:
        return {}
    marks = set.intersection(*({mark(name) for name in version.names} for version in versions))
    standing: defaultdict[str, set[bool]] = defaultdict(set)
    for name in versions[0].names:
        if mark(name) in marks:
            standing[_folded(name.full)].add(name.strength == "weak")
    return dict(standing)


def _stands_otherwise(change: FieldChange, standing: Mapping[str, set[bool]]) -> bool:
    """Whether a name that was added or removed stands in every version in other letters, matched as surely as it."""
    if change.op == "replaced" or not standing:
        return False
    named: Any = change.after if change.op == "added" else change.before
    weak = standing.get(_folded(named["full"]), set())
    return False in weak or (True in weak and named.get("strength") == "weak")


def _folded(name: str) -> str:
    return canonical.text(name).casefold()


def _screened(value: Any) -> str:
    """Return the part of a value that a screener sees: no notes, and letter case only where it distinguishes two
    numbers."""
    cased = False
    if isinstance(value, dict):
        cased = value.get("type") in CASE_SENSITIVE
        value = {name: part for name, part in value.items() if name not in COSMETIC_PARTS}
    screened = _canonical(value).decode()
    return screened if cased else screened.casefold()


def is_another_target(before: Record, after: Record) -> bool:
    """Return whether an id now stands for another target: nothing that identifies one of the records is true of the
    other.

    The record's own id is no evidence, for it is the id that is in doubt; on many lists it stands among the
    identifiers. The same target shares another identifier, a name, a whole day of birth, or a word of a name and a
    birth date. A shared word alone is not enough: half of a list is called Mohammad, or Limited. Of 26,134 references
    that stand in two neighbouring versions of the UN's list, 8,905 of the UK's and 12,926 of Australia's none is judged
    another target; of pairs of different people 98.8 to 99.9 % are, of organisations 98 to 99.7 %.
    """
    if _numbers(before) & _numbers(after) or _share_a_name(before, after):
        return False
    if before.kind != after.kind and "unknown" not in (before.kind, after.kind):
        return True
    born = set(before.birth_dates) & set(after.birth_dates)
    if any(date.date and len(date.date) == len("YYYY-MM-DD") for date in born):
        return False
    return not (born and set().union(*_names(before)) & set().union(*_names(after)))


def _share_a_name(before: Record, after: Record) -> bool:
    """Whether more than half of the words of the shorter of two names stand in the other, one letter aside."""
    ours, others = _names(before), _names(after)
    if set(ours) & set(others):
        return True
    return any(2 * _common(one, other) > min(len(one), len(other)) for one in ours for other in others)


def _common(one: frozenset[str], other: frozenset[str]) -> int:
    """How many words of one name stand in another, also when a letter of a long one was mistaken, left out or added."""
    same = one & other
    if 2 * len(same) > min(len(one), len(other)):
        return len(same)
    # Another digit is another number, and no mistake.
    mistaken = [word for word in one - same if len(word) >= LONG_WORD and word.isalpha()]
    rest = [word for word in other - same if len(word) >= LONG_WORD and word.isalpha()]
    return len(same) + sum(any(_is_near(word, close) for close in rest) for word in mistaken)


def _is_near(word: str, other: str) -> bool:
    return abs(len(word) - len(other)) <= 1 and Levenshtein.distance(word, other, score_cutoff=1) <= 1


def _names(record: Record) -> list[frozenset[str]]:
    """The words of the first names, without case, accents and punctuation, and without legal forms unless nothing else
    is left."""
    plain = (canonical.without_accents(canonical.text(name.full)) for name in record.names[:COMPARED_NAMES_MAX])
    found = (frozenset(_WORDS.findall(name.casefold())) for name in plain)
    return [words - LEGAL_FORMS or words for words in found if words]


def _numbers(record: Record) -> set[tuple[str, str]]:
    others = content.without_own_id(record).identifiers
    return {
        (identifier.type, canonical.text(identifier.value)) for identifier in others if identifier.type != "list_id"
    }


def times_of(record: Record, *, published: str | None, observed: str, previous: str | None = None) -> Times:
    """Return the times of a change, from the latest dates in the record's listings. A text that is no date is left out.

    `previous` is the day of the feed's publication before, given only for a target that its publisher lists now: a
    listing dated earlier than that by more than the window is back-dated.
    """
    effective = times.latest_day(*(listing.effective_on for listing in record.listings))
    listed = times.latest_day(*(listing.listed_on for listing in record.listings))
    late = times.days_from(listed or effective, previous)
    return Times(
        observed=observed,
        published=published if times.stated_time(published, observed) else None,
        effective=effective,
        listed=listed,
        modified=times.latest_day(*(listing.amended_on for listing in record.listings)),
        backdated=late is not None and late > BACKDATED_DAYS,
    )
