"""What changed between two versions of a record, and whether it matters to a screener."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from syncd.core import canonical
from syncd.core.events import FieldChange, Times
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

# By which parts two elements of a list are the same thing, said differently.
IDENTITY: dict[str, tuple[str, ...]] = {
    "names": ("full",),
    "identifiers": ("type", "value"),
    "listings": ("list",),
    "relations": ("type", "key", "name"),
    "contacts": ("type", "value"),
    "addresses": ("full", "lines", "city"),
    "other": ("name",),
}
_WORDS = re.compile(r"[^\W_]+")
# Bookkeeping of ours, said by other fields.
SKIPPED = frozenset({"key", "feed", "completeness", canonical.UNCOMPARED})
# What an empty text, list or part and an absent one are alike.
NOTHING = canonical.json_bytes(None)


def field_changes(before: Record, after: Record) -> tuple[FieldChange, ...]:
    """Every difference of the canonical forms, with the values as published. Empty when they are the same."""
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
    removed, added = _difference(old, new), _difference(new, old)
    for before, after in _pairs(path, removed, added):
        removed.remove(before)
        added.remove(after)
        yield FieldChange(path=path, op="replaced", before=before, after=after)
    yield from (FieldChange(path=path, op="removed", before=value) for value in removed)
    yield from (FieldChange(path=path, op="added", after=value) for value in added)


def _difference(some: list[Any], others: list[Any]) -> list[Any]:
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


def _pairs(path: str, removed: list[Any], added: list[Any]) -> list[tuple[Any, Any]]:
    """Which removed element became which added one: those that share their identity, else the only two left."""
    pairs = []
    waiting = list(added)
    parts = IDENTITY.get(path)
    for value in removed if parts else ():
        same = next((one for one in waiting if _identity(one, parts) == _identity(value, parts)), None)
        if same is not None:
            waiting.remove(same)
            pairs.append((value, same))
    rest = [value for value in removed if all(value is not old for old, _ in pairs)]
    if len(rest) == 1 and len(waiting) == 1:
        pairs.append((rest[0], waiting[0]))
    return pairs


def _identity(value: Any, parts: tuple[str, ...] | None) -> bytes:
    return canonical.json_bytes([canonical.tidy(value.get(part)) for part in parts or ()])


def mark(part: msgspec.Struct) -> bytes:
    """Equal for two parts of records that are canonically the same."""
    return _canonical(msgspec.to_builtins(part))


def _canonical(value: Any) -> bytes:
    """The bytes of a canonical value; those of nothing for all that the canonical form leaves out."""
    tidied = canonical.tidy(value)
    return NOTHING if tidied in ("", [], {}) else canonical.json_bytes(tidied)


def is_material(changes: Iterable[FieldChange], completeness: Iterable[str] = ()) -> bool:
    """Whether one of the changes can alter a screening result.

    `completeness` of the versions compared: what could not be read counts as material when one of them is partial.
    """
    partial = "partial" in completeness
    balance: Counter[tuple[str, str]] = Counter()
    for change in changes:
        field = change.path.partition(".")[0]
        if field in UNKNOWN and partial:
            return True
        if field in MATERIAL:
            balance[field, _screened(change.after)] += 1
            balance[field, _screened(change.before)] -= 1
    # Taken together, because several values that only change their letter case or note are not paired.
    return any(count for (_, seen), count in balance.items() if seen != NOTHING.decode())


def _screened(value: Any) -> str:
    """What a screener sees of a value: no notes, and letter case only where it tells two numbers apart."""
    cased = False
    if isinstance(value, dict):
        cased = value.get("type") in CASE_SENSITIVE
        value = {name: part for name, part in value.items() if name not in COSMETIC_PARTS}
    screened = _canonical(value).decode()
    return screened if cased else screened.casefold()


def is_another_target(before: Record, after: Record) -> bool:
    """Whether one id now stands for somebody else: nothing that identifies the one is true of the other.

    The same target shares an identifier, a name, a whole day of birth, or a word of a name and a birth date. A shared
    word alone is none: half of a list is called Mohammad, or Limited. Of 12,926 references that stand in two
    neighbouring versions of Australia's list, and 14,310 entries of the SDN list fifteen months apart, none is told
    apart; of pairs of different people 99.9 % are, of organisations 97 %.
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
    """Whether more than half of the words of the shorter of two names stand in the other."""
    others = _names(after)
    return any(2 * len(one & other) > min(len(one), len(other)) for one in _names(before) for other in others)


def _names(record: Record) -> list[frozenset[str]]:
    """The words of each name, without case, accents and punctuation."""
    plain = (canonical.without_accents(canonical.text(name.full)).casefold() for name in record.names)
    found = (frozenset(_WORDS.findall(name)) for name in plain)
    return [words for words in found if words]


def _numbers(record: Record) -> set[tuple[str, str]]:
    return {(one.type, canonical.text(one.value)) for one in record.identifiers if one.type != "list_id"}


def times(record: Record, *, published: str | None, observed: str) -> Times:
    """The times of a change, from the latest dates in the record's listings."""
    return Times(
        observed=observed,
        published=published,
        effective=_latest(listing.effective_on for listing in record.listings),
        listed=_latest(listing.listed_on for listing in record.listings),
        modified=_latest(listing.amended_on for listing in record.listings),
    )


def _latest(dates: Iterable[str | None]) -> str | None:
    return max((date for date in dates if date), default=None)
