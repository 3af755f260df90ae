"""Re-keyings: records that vanish under one key while a document has the same target under another.

A key may be made of what a publisher corrects: a number, the two columns of a name, a reference that is given late. So
of the records that vanish and the entries that appear those are one that are equal in one of these ways, the surest
first:

1. the whole content, but for the id (`content_digest`);
2. a further number of the same list (the EU's logicalId, the UN's DATAID), unless they are otherwise two targets
   (`diff.is_another_target`);
3. the first name, births, lists, programmes and the dates of listing, where there is such a date or a whole day of
   birth, and one has all the names of the other;
4. everything but numbers and the order of the words in names, where nothing is dated.

A pair is one only if no other record that vanishes, no other entry that appears and no namesake that stays is equal to
it in that way: where two are equal already, so may be a third. A name never joins two people: without a whole day of
birth the third way and the fourth want persons whose numbers, nationalities and genders do not contradict each other,
and the fourth wants something of their own beside the name (a year of birth, a position, an address, a day of
listing), or that the one has the numbers of the other. The one must vanish in the very document in which the other
appears. The dates of listing weigh as much: an authority lists somebody new under a new date, and two namesakes whom
it listed on one day stand on its list together.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct

from syncd.core import canonical, codec, columns, content, diff
from syncd.core.document import Document
from syncd.core.losses import digest_without_id
from syncd.core.model import Name, Record
from syncd.core.state import Stored

_WORDS = re.compile(r"[^\W_]+")
_DAY = len("YYYY-MM-DD")
# What the fourth way does not compare: the numbers, and what a reader concludes from them or could not read.
_BESIDE = ("key", "published_id", "identifiers", "names", "kind", "vessel", "completeness", "unreadable", "other")

# What a namesake is not expected to share.
_OWN = (
    *("birth_dates", "birth_places", "death_dates", "positions", "addresses", "contacts", "reasons", "remarks"),
    *("relations", "established"),
)

# The marks of a record in one of the ways: two records that share a mark are equal in that way.
Marks = Iterable[Hashable]


class _Way(Struct, frozen=True):
    """One of the ways to be equal: the marks of a record, and whether two records that share one are one target."""

    marks: Callable[[Record], Marks]
    may_be: Callable[[Record, Record], bool]
    is_across_vocabularies: bool = False


def rekeyings(
    records: Mapping[str, Stored],
    document: Document,
    absent: set[str],
    new: set[str],
    paths: frozenset[str],
    *,
    waiting: Collection[str] = (),
) -> dict[str, str]:
    """Return old key → new key of the records among `absent` that stand among `new` under another key.

    Values under `paths` are a matter of layout and are not compared. Two vocabularies are compared by the whole content
    alone, because they say other things of a record; and so are records whose removal was `waiting` before this
    document, because what corrects a key comes in the document that the record vanishes from.
    """
    if not absent or not new:
        return {}
    vocabulary = document.note.vocabulary
    old = {key: codec.unpack_record(records[key].body) for key in sorted(absent)}
    fresh = {key: codec.unpack_record(body) for key in sorted(new) if (body := document.entries[key].body) is not None}
    alike = {key for key in old if records[key].vocabulary == vocabulary and key not in waiting}
    standing = _Standing(records, absent)
    found: dict[str, str] = {}
    for way in _WAYS:
        left = {key: record for key, record in old.items() if way.is_across_vocabularies or key in alike}
        beside = {key: record for key, record in old.items() if key not in left}
        taken = set(found.values())
        pairs = [pair for pair in _pairs(way, left, fresh, paths) if pair[0] not in found and pair[1] not in taken]
        if pairs:
            namesakes = standing.namesakes(record for one, other in pairs for record in (old[one], fresh[other]))
            shared = _by_mark(way, beside | namesakes, paths).keys()
            found |= {
                one: other
                for one, other in pairs
                if shared.isdisjoint(_by_mark(way, {one: old[one], other: fresh[other]}, paths))
            }
    return found


class _Standing:
    """The records in force that a document still has, by the words of their names; read when first asked for."""

    def __init__(self, records: Mapping[str, Stored], absent: Collection[str]) -> None:
        self._records = records
        self._absent = absent
        self._by_name: defaultdict[tuple[str, ...], list[Record]] | None = None

    def namesakes(self, records: Iterable[Record]) -> dict[str, Record]:
        """Return those that have a name of one of `records`."""
        if self._by_name is None:
            self._by_name = self._read()
        names = {words for record in records for words in map(_words, record.names)}
        return {one.key: one for words in names for one in self._by_name.get(words, ())}

    def _read(self) -> defaultdict[tuple[str, ...], list[Record]]:
        by_name: defaultdict[tuple[str, ...], list[Record]] = defaultdict(list)
        for key, stored in self._records.items():
            if stored.status == "listed" and key not in self._absent:
                record = codec.unpack_record(stored.body)
                for name in set(map(_words, record.names)):
                    by_name[name].append(record)
        return by_name


def are_one_but_for_the_id(before: Record, after: Record) -> bool:
    """Return whether two records are the same under two keys."""
    return digest_without_id(before) == digest_without_id(after)


def _pairs(
    way: _Way, old: Mapping[str, Record], fresh: Mapping[str, Record], paths: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Yield the pairs that share a mark with each other and with nobody else on either side."""
    before, after = _by_mark(way, old, paths), _by_mark(way, fresh, paths)
    shared: defaultdict[str, set[str]] = defaultdict(set)
    sharing: defaultdict[str, set[str]] = defaultdict(set)
    for mark in before.keys() & after.keys():
        for key in before[mark]:
            shared[key] |= after[mark]
        for key in after[mark]:
            sharing[key] |= before[mark]
    for key, others in sorted(shared.items()):
        if len(others) == 1:
            (other,) = others
            if len(sharing[other]) == 1 and way.may_be(old[key], fresh[other]):
                yield key, other


def _by_mark(way: _Way, records: Mapping[str, Record], paths: frozenset[str]) -> dict[Hashable, set[str]]:
    found: defaultdict[Hashable, set[str]] = defaultdict(set)
    for key, record in records.items():
        for mark in way.marks(columns.without(record, paths) if paths else record):
            found[mark].add(key)
    return found


def _content(record: Record) -> Marks:
    return (digest_without_id(record),)


def _numbers_of_the_list(record: Record) -> Marks:
    return {(one.label, canonical.text(one.value)) for one in record.identifiers if one.type == "list_id"}


def _name_and_dates(record: Record) -> Marks:
    """Nothing for a record without any date: then a name is all that there is."""
    if not (_has_whole_birth(record) or any(one.listed_on or one.effective_on for one in record.listings)):
        return
    primary = next((name for name in record.names if name.kind == "primary"), record.names[0])
    listings = [(one.list, one.programmes, one.listed_on, one.effective_on) for one in record.listings]
    yield _marked([record.kind == "person", _words(primary), record.birth_dates, record.birth_places, listings])


def _all_but_numbers(record: Record) -> Marks:
    said = {name: getattr(record, name) for name in Record.__struct_fields__ if name not in _BESIDE}
    yield _marked([record.kind == "person", sorted(set(map(_words, record.names))), said])


def _are_not_two(before: Record, after: Record) -> bool:
    return not diff.is_another_target(before, after)


def _may_be_one(before: Record, after: Record) -> bool:
    """Whether one has all the names of the other, and nothing else makes two people of them."""
    ours, others = (set(map(_words, record.names)) for record in (before, after))
    if not (ours <= others or others <= ours):
        return False
    return before.kind != "person" or _has_whole_birth(before) or not _contradict(before, after)


def _may_be_one_undated(before: Record, after: Record) -> bool:
    """As `_may_be_one`; of two people that nothing but a name is known of, only those with the same numbers."""
    if not _may_be_one(before, after):
        return False
    ours, others = _numbers(before), _numbers(after)
    is_proven = ours == others or any(ours[type_] & others[type_] for type_ in ours.keys() & others.keys())
    return before.kind != "person" or is_proven or _has_something_own(before)


def _has_something_own(record: Record) -> bool:
    """Whether a record says something that its namesakes are not expected to share."""
    listed = any(one.listed_on or one.effective_on or one.note for one in record.listings)
    return listed or any(getattr(record, name) for name in _OWN)


def _has_whole_birth(record: Record) -> bool:
    return any(born.date and len(born.date) == _DAY for born in record.birth_dates)


def _contradict(before: Record, after: Record) -> bool:
    """Whether two persons have other nationalities or genders, or other numbers of one kind."""
    pairs: list[tuple[set[str], set[str]]] = [
        (set(before.nationalities), set(after.nationalities)),
        (set(before.genders), set(after.genders)),
    ]
    ours, others = _numbers(before), _numbers(after)
    pairs += [(ours[type_], others[type_]) for type_ in ours.keys() & others.keys()]
    return any(one and other and not one & other for one, other in pairs)


def _numbers(record: Record) -> dict[str, set[str]]:
    """The numbers of a person by their type, without those that a list gives its own entries."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in record.identifiers:
        if one.type != "list_id" and not one.type.endswith("_reference"):
            found[one.type].add(content.bare(one.value))
    return found


def _marked(value: object) -> bytes:
    return canonical.json_bytes(canonical.tidy(msgspec.to_builtins(value)))


def _words(name: Name) -> tuple[str, ...]:
    """The words of a name in any order, without case and accents; the name itself where it has none."""
    plain = canonical.without_accents(canonical.text(name.full)).casefold()
    return tuple(sorted(_WORDS.findall(plain))) or (plain,)


_WAYS = (
    _Way(marks=_content, may_be=are_one_but_for_the_id, is_across_vocabularies=True),
    _Way(marks=_numbers_of_the_list, may_be=_are_not_two),
    _Way(marks=_name_and_dates, may_be=_may_be_one),
    _Way(marks=_all_but_numbers, may_be=_may_be_one_undated),
)
