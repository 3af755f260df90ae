"""Changes of lists as notices need them: what an authority's list has come to show, and by which marks it is known."""

import re
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from syncd.core import canonical
from syncd.core.events import Change
from syncd.core.model import Record
from syncd.core.notices.acts import act_key
from syncd.core.notices.notice import Action
from syncd.core.tolerant import tolerating

# A baseline, a new reading and another key are no acts of an authority.
ACTIONS: dict[str, Action] = {
    "designated": "designated",
    "relisted": "designated",
    "amended": "amended",
    "delisted": "delisted",
}
CAUSES = frozenset({"publication", "release"})
REFERENCE_TYPES = frozenset({"un_reference", "uk_reference", "eu_reference"})
_WORDS = re.compile(r"[^\W_]+")
_NOT_OF_AN_ID = re.compile(r"[^0-9A-Za-z]")

_record = tolerating(msgspec.json.Decoder(Record))


class Enactment(Struct, frozen=True, kw_only=True):
    """One change of one list. `acts` are those by which the record stands on the list now and did not before; `ids`,
    `names` and `programmes` are in the forms in which they are compared."""

    feed: str
    key: str
    sequence: int
    commit: int
    seen_at: str
    committed_at: str
    action: Action
    acts: frozenset[str]
    ids: frozenset[str]
    names: frozenset[str]
    programmes: frozenset[str]


def enactment_of(change: Change) -> Enactment | None:
    """Return what `change` shows of an act; None when it is no act of the authority, or too large to be read."""
    action = ACTIONS.get(change.type)
    if action is None or change.origin != "source" or change.cause not in CAUSES:
        return None
    before, after = _decoded(change.before), _decoded(change.after)
    records = [record for record in (before, after) if record is not None]
    if not records:
        return None
    return Enactment(
        feed=change.feed,
        key=change.key,
        sequence=change.sequence,
        commit=change.commit,
        seen_at=change.times.observed,
        committed_at=change.committed_at,
        action=action,
        acts=_acts(after) - (_acts(before) if action == "amended" else frozenset()),
        ids=frozenset(mark for record in records for mark in _ids(record)),
        names=frozenset(form for record in records for form in name_forms(name.full for name in record.names)),
        programmes=frozenset(folded_word(one) for record in records for one in _programmes(record)),
    )


def _decoded(json: msgspec.Raw | None) -> Record | None:
    return None if json is None else _record(bytes(json))


def _acts(record: Record | None) -> frozenset[str]:
    if record is None:
        return frozenset()
    return frozenset(act_key(record.feed, act) for listing in record.listings for act in listing.authorities)


def _programmes(record: Record) -> Iterable[str]:
    return (programme for listing in record.listings for programme in listing.programmes)


def _ids(record: Record) -> Iterable[str]:
    yield id_form(record.key.partition(":")[2])
    yield from (id_form(one.value) for one in record.identifiers if one.type in REFERENCE_TYPES)


def id_form(reference: str) -> str:
    """Return a reference as references are compared: letters and digits alone (`QDi.123` → `QDI123`)."""
    return _NOT_OF_AN_ID.sub("", reference).upper()


def name_forms(names: Iterable[str]) -> frozenset[str]:
    """Return `names` as names are compared: words in any order, without case, accents and punctuation."""
    return frozenset(form for name in names if (form := _name_form(name)))


def _name_form(name: str) -> str:
    plain = canonical.without_accents(canonical.text(name)).casefold()
    return " ".join(sorted(_WORDS.findall(plain)))


def folded_word(word: str) -> str:
    """Return a programme as programmes are compared: letters and digits in lower case (`CAATSA - RUSSIA`)."""
    return "".join(_WORDS.findall(word.casefold()))
