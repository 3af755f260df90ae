"""Holds over time: which keys stay in a hold, which leave it, and under which id a person decides it."""

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from syncd.core.ids import HOLD_ID_CHARACTERS, content_id
from syncd.core.state import Hold, HoldKind

FORMER_IDS_MAX = 10


class Taking(Struct, frozen=True, kw_only=True):
    """The losses of one kind that a document leads to: key → a mark of what the key loses (empty when it loses
    everything).

    `freed` was released by a person, `standing` waits in `holds` already, `newly` is taken for the first time.
    """

    takes: Mapping[str, str]
    freed: frozenset[str]
    standing: frozenset[str]
    newly: frozenset[str]
    holds: tuple[Hold, ...]


def sort_out(
    feed: str,
    holds: Iterable[Hold],
    kind: HoldKind,
    takes: Mapping[str, str],
    released: Collection[str],
    *,
    decided: bool,
    freed: Collection[str] = (),
) -> Taking:
    """Return `takes` sorted into freed, standing and newly taken. In each hold of this `kind` those keys stay that
    still lose something. `decided`: a person released the whole document; `freed` are keys of which a person released
    something else that takes the same."""
    freed = set(takes) if decided else set(takes) & set(freed)
    standing: list[Hold] = []
    for hold in holds if not decided else ():
        keys = tuple(key for key in hold.keys if key in takes)
        if hold.kind != kind or not keys:
            continue
        if hold.id in released:
            freed.update(keys)
        else:
            standing.append(_renewed(feed, hold, keys, takes))
    held = frozenset(key for hold in standing for key in hold.keys)
    return Taking(
        takes=takes, freed=frozenset(freed), standing=held, newly=frozenset(takes) - held - freed, holds=tuple(standing)
    )


def _renewed(feed: str, hold: Hold, keys: tuple[str, ...], takes: Mapping[str, str]) -> Hold:
    """Return `hold` with the keys that are left. When they, or their losses, are other ones, the hold gets another id:
    nobody can release what he has not seen."""
    identity = hold_id(feed, hold.kind, hold_lines(keys, takes))
    if identity == hold.id:
        return hold
    left = set(keys)
    loses = {sort: rest for sort, of in hold.loses.items() if (rest := tuple(key for key in of if key in left))}
    return replace(hold, id=identity, keys=keys, loses=loses, formerly=(*hold.formerly, hold.id)[-FORMER_IDS_MAX:])


def hold_lines(keys: Iterable[str], takes: Mapping[str, str]) -> list[str]:
    """Return the lines that the id of a hold is made of: the keys, each with a mark of what it loses."""
    return [f"{key} {takes[key]}".rstrip() for key in keys]


def hold_id(feed: str, kind: str, content: Iterable[str]) -> str:
    """Return the id of a hold: 12 characters of base32 over feed, kind and the sorted lines of `content` (or the list
    digest of a whole document)."""
    return content_id(feed, kind, *sorted(content), characters=HOLD_ID_CHARACTERS)
