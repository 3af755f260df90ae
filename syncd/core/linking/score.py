"""The score of two records: evidence in bits that they are of one target, for and against, and the sentences that give
it.

A piece of evidence is worth log₂ of how much likelier it is for one target than for two (the weights of Fellegi and
Sunter, 1969); the pieces add up. The score is the sum on a scale from 0 to 1, with even chances between the two
thresholds.
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from rapidfuzz import fuzz

from syncd.core.linking import births, identifiers, names, programmes
from syncd.core.linking.evidence import Reason, ReasonKind
from syncd.core.linking.features import Features

LINKED_BITS = 20.0
SUGGESTED_BITS = 14.0
_EVEN_BITS, _SCALE = 15.0, 2.5

_DAY_BITS, _COMMON_DAY_BITS = 13.0, 8.0
_BIRTH_BITS: dict[births.Agreement, float] = {"month": 9.0, "year": 5.0, "years": 2.0, "close": 0.0, "near": -4.0}
_NATIONALITY, _OTHER_NATIONALITY, _SOME_COUNTRY = 2.0, -3.0, 1.0
_PLACE, _PLACE_ALIKE = 4.0, 80
_COUNTRY, _OTHER_COUNTRY = 2.5, -4.0
_SUBJECT, _KINDRED_SUBJECT, _OTHER_SUBJECT = 2.5, 0.5, -2.5
_OTHER_GENDER = -8.0
_OTHER_NAMES = -12.0
_OTHER_PATRONYMIC = -8.0
# Names alone decide nothing: something else must say at least this much.
_SUPPORT_BITS_MIN = 1.0
# Of a person, and of an organisation.
_NO_PRIMARY = {True: 2.0, False: 4.0}
_REFERENCE, _OTHER_REFERENCE = 45.0, -25.0
_SECOND_NAME = 0.4
_NAME_BITS_MAX = 34.0
_SECOND_NAME_MAX = 5.0
# What alone makes one target of two records of one list.
STRONG_NUMBER_BITS = 20.0
STRONG_NAME_BITS = 22.0
STRONG_LONG_NAME_BITS = 30.0
_COMMON_DAYS = ("-01-01", "-12-31")


class Judged(Struct, frozen=True):
    """The evidence about two records. `strong`: so clear that it holds beside a better partner on the same list."""

    bits: float
    strong: bool
    reasons: tuple[Reason, ...]


class Piece(Struct, frozen=True):
    """One piece of evidence. `minor`: evidence against that is common for one target that stands twice on a list."""

    bits: float
    reason: Reason
    minor: bool = False


def scale(bits: float) -> float:
    """Return the score of `bits`, 0 … 1."""
    return round(1 / (1 + 2 ** ((_EVEN_BITS - bits) / _SCALE)), 4)


def forbidden(one: Features, other: Features) -> Reason | None:
    """Return why these two cannot be one target, whatever else agrees; None when they can."""
    if one.kind != other.kind and "unknown" not in {one.kind, other.kind}:
        return _reason("contradiction", f"one is {_a(one.kind)}, the other {_a(other.kind)}")
    mine, yours = _of_kind(one, "imo"), _of_kind(other, "imo")
    if mine and yours and not mine & yours:
        return _reason("contradiction", f"different IMO numbers: {_list(mine)} and {_list(yours)}")
    found = births.agreement(one.births, other.births)
    if found and found[0] == "apart":
        return _reason(
            "contradiction",
            f"different dates of birth: {births.birth_text(found[1])} and {births.birth_text(found[2])}",
        )
    return None


def judged(one: Features, other: Features, is_shared: Callable[[str], bool]) -> Judged | None:
    """Return the evidence for and against one target; None when one target is out of the question.

    `is_shared` returns, for the value of a number, whether so many records state it that it is no evidence.
    """
    if forbidden(one, other):
        return None
    numbers = list(_numbers(one, other, is_shared))
    references = list(_references(one, other))
    named, agreement = _named(one, other)
    if agreement is None and all(piece.bits < 0 for piece in (*numbers, *references)):
        return None
    rest = [
        piece for find in (_born, _birth_place, _nationality, _places, _subjects, _gender) for piece in find(one, other)
    ]
    pieces = [*references, *numbers, *named, *rest]
    total = sum(piece.bits for piece in pieces)
    names_alone = all(piece.bits < _SUPPORT_BITS_MIN for piece in (*numbers, *references, *rest))
    if names_alone or (_days_differ(one, other) and not _is_a_slip(one, other, agreement, (*numbers, *rest))):
        total = min(total, LINKED_BITS - 1)
    sure = max((piece.bits for piece in (*references, *numbers)), default=0.0) >= STRONG_NUMBER_BITS
    against = any(piece.bits < 0 and not piece.minor for piece in pieces)
    strong = not against and (sure or (agreement is not None and _same_name_of_all(one, other, agreement)))
    reasons = tuple(piece.reason for piece in sorted(pieces, key=lambda piece: -piece.bits))
    return Judged(total, strong, reasons)


def _reason(kind: ReasonKind, text: str) -> Reason:
    return Reason(kind=kind, text=text)


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aou" else f"a {kind}"


def _list(values: set[str] | frozenset[str] | tuple[str, ...]) -> str:
    return ", ".join(sorted(values))


def _of_kind(one: Features, kind: str) -> set[str]:
    return {value for found, value, _ in one.numbers if found == kind}


_ONE_EACH = {"tax": -8.0, "inn": -8.0, "ogrn": -8.0, "lei": -8.0, "imo_company": -8.0, "bic": -6.0}
_KINDS: dict[str, tuple[ReasonKind, str]] = {
    "imo": ("imo", "IMO number"),
    "imo_company": ("imo", "company IMO number"),
    "inn": ("tax", "INN"),
    "ogrn": ("registration", "OGRN"),
    "okpo": ("registration", "OKPO number"),
    "uscc": ("registration", "unified social credit code"),
    "vat": ("tax", "VAT number"),
    "passport": ("passport", "passport"),
    "national_id": ("national_id", "national number"),
    "tax": ("tax", "tax number"),
    "registration": ("registration", "registration number"),
    "crypto_address": ("crypto_address", "crypto address"),
    "bic": ("bic", "BIC"),
    "lei": ("lei", "LEI"),
}


def _numbers(one: Features, other: Features, is_shared: Callable[[str], bool]) -> Iterator[Piece]:
    """Yield the best number that both state; more than one adds little."""
    if not one.numbers or not other.numbers:
        return
    found = [
        (worth, mine, yours)
        for mine in one.numbers
        for yours in other.numbers
        if (worth := identifiers.shared_bits(mine, yours)) and not is_shared(mine[1])
    ]
    if not found:
        yield from _other_numbers(one, other)
        return
    worth, mine, yours = max(found)
    kind, words = _KINDS.get(mine[0], ("identifier", mine[0].replace("_", " ")))
    if mine[0] != yours[0]:
        words = f"number, as {mine[0].replace('_', ' ')} and as {yours[0].replace('_', ' ')}"
    country = mine[2] or yours[2]
    if mine[2] and yours[2] and mine[2] != yours[2]:
        country = f"{mine[2]}, {yours[2]}"
    yield Piece(worth, _reason(kind, f"the same {words}: {f'{country} ' if country else ''}{mine[1]}"))


def _other_numbers(one: Features, other: Features) -> Iterator[Piece]:
    """A company has one tax number in a country, and a bank one BIC."""
    if not one.kind == other.kind == "organisation":
        return
    for kind, country in sorted({(kind, country) for kind, _, country in one.numbers if kind in _ONE_EACH}):
        mine, yours = ({value for a, value, b in side.numbers if (a, b) == (kind, country)} for side in (one, other))
        if yours:
            text = f"different {kind} numbers: {_list(mine)} and {_list(yours)}"
            yield Piece(_ONE_EACH[kind], _reason("contradiction", text))
            return


def _references(one: Features, other: Features) -> Iterator[Piece]:
    if not one.references or not other.references:
        return
    mine, yours = set(one.references), set(other.references)
    shared = mine & yours
    if shared:
        kind, value, _ = min(shared)
        yield Piece(_REFERENCE, _reason("reference", f"both are {_authority(kind)} {value}"))
        return
    for kind in sorted({kind for kind, *_ in mine} & {kind for kind, *_ in yours}):
        ours, theirs = ({value for found, value, _ in side if found == kind} for side in (mine, yours))
        text = f"different {_authority(kind)}s: {_list(ours)} and {_list(theirs)}"
        yield Piece(_OTHER_REFERENCE, _reason("contradiction", text))
        return


def _authority(kind: str) -> str:
    return f"{kind.partition('_')[0].upper()} reference"


def _named(one: Features, other: Features) -> tuple[list[Piece], names.Agreement | None]:
    """Return the evidence of the names, and the two names that agree best, if any do."""
    person = "person" in {one.kind, other.kind}
    compared = names.compared_all(one.names, other.names, person=person)
    if not compared or compared[0].bits <= 0:
        return [Piece(_OTHER_NAMES, _reason("contradiction", "no name of one agrees with a name of the other"))], None
    first, *others = names.each_once(compared)
    more = sum(again.bits for again in others if again.bits > 0)
    worth = min(first.bits + min(more * _SECOND_NAME, _SECOND_NAME_MAX), _NAME_BITS_MAX)
    pieces = [Piece(worth, _reason("name", _agreement(first))), *_aliases_only(one, other, compared)]
    return [*pieces, *_patronymic(one, other)], first


def _patronymic(one: Features, other: Features) -> Iterator[Piece]:
    if one.kind == other.kind == "person" and (found := names.other_patronymic(one.names, other.names)):
        yield Piece(_OTHER_PATRONYMIC, _reason("contradiction", f"different patronymics: {found[0]} and {found[1]}"))


def _aliases_only(one: Features, other: Features, compared: tuple[names.Agreement, ...]) -> Iterator[Piece]:
    """The name under which a target stands on one list is most often among its names on another."""
    agreeing = [found for found in compared if found.bits > 0 and not found.against]
    ours, theirs = any(not found.ours.rank for found in agreeing), any(not found.theirs.rank for found in agreeing)
    if ours and theirs:
        return
    cost = _NO_PRIMARY["person" in {one.kind, other.kind}] * (2 - ours - theirs)
    which = "one is" if ours or theirs else "either is"
    text = f"the primary name of {which} not among the names of the other"
    yield Piece(-cost, _reason("contradiction", text), minor=True)


def _same_name_of_all(one: Features, other: Features, found: names.Agreement) -> bool:
    """A whole name and the birth of a person, the whole primary name of an organisation."""
    if not found.whole or found.matched < 2:
        return False
    if "person" not in {one.kind, other.kind}:
        return found.bits >= STRONG_NAME_BITS and not found.ours.rank and not found.theirs.rank
    born = births.agreement(one.births, other.births)
    if born is None or born[0] not in {"day", "month", "year"}:
        return False
    return found.bits >= (STRONG_LONG_NAME_BITS if born[0] == "year" else STRONG_NAME_BITS)


def _agreement(found: names.Agreement) -> str:
    how = "agree" if found.whole else "agree in part" if found.against else "agree as far as both go"
    return f"names {how}: {found.ours.full} = {found.theirs.full}"


def _born(one: Features, other: Features) -> Iterator[Piece]:
    found = births.agreement(one.births, other.births)
    if found is None:
        return
    how, mine, yours = found
    if how == "day":
        worth = _COMMON_DAY_BITS if mine[0].endswith(_COMMON_DAYS) else _DAY_BITS
        yield Piece(worth, _reason("birth_date", f"the same date of birth: {mine[0]}"))
    elif how in {"close", "near"}:
        text = f"dates of birth differ a little: {births.birth_text(mine)} and {births.birth_text(yours)}"
        yield Piece(_BIRTH_BITS[how], _reason("contradiction", text))
    elif how in _BIRTH_BITS:
        text = f"dates of birth agree as far as both go: {births.birth_text(mine)} and {births.birth_text(yours)}"
        yield Piece(_BIRTH_BITS[how], _reason("birth_date", text))


def _days_differ(one: Features, other: Features) -> bool:
    mine, yours = ({day for day in side.births if births.is_whole_day(day)} for side in (one, other))
    return bool(mine and yours and not mine & yours)


def _is_a_slip(one: Features, other: Features, named: names.Agreement | None, pieces: Sequence[Piece]) -> bool:
    """Whether dates of birth that are close are one date, written wrongly once: the whole name agrees, and a number, or
    two of the day of listing, the position and the place of birth."""
    found = births.agreement(one.births, other.births)
    if found is None or found[0] != "close" or named is None or not named.whole or named.matched < 2:
        return False
    if any(piece.bits >= STRONG_NUMBER_BITS for piece in pieces):
        return True
    listed = not set(one.listed).isdisjoint(other.listed)
    born = any(piece.reason.kind == "birth_place" for piece in pieces)
    return listed + born + _same_position(one, other) >= 2


def _same_position(one: Features, other: Features) -> bool:
    shared = set(one.position) & set(other.position)
    return len(shared) >= 2 and 2 * len(shared) >= min(len(one.position), len(other.position))


def _birth_place(one: Features, other: Features) -> Iterator[Piece]:
    for mine in one.birth_places:
        for yours in other.birth_places:
            if mine == yours or fuzz.token_set_ratio(mine, yours) >= _PLACE_ALIKE:
                yield Piece(_PLACE, _reason("birth_place", f"the same place of birth: {mine} = {yours}"))
                return


def _nationality(one: Features, other: Features) -> Iterator[Piece]:
    if "person" not in {one.kind, other.kind}:
        return
    shared = set(one.nationalities) & set(other.nationalities)
    if shared:
        yield Piece(_NATIONALITY, _reason("nationality", f"the same nationality: {_list(shared)}"))
    elif one.nationalities and other.nationalities and not _everywhere(one) & _everywhere(other):
        text = f"different nationalities: {_list(one.nationalities)} and {_list(other.nationalities)}"
        yield Piece(_OTHER_NATIONALITY, _reason("contradiction", text))
    elif again := ({*_everywhere(one), *one.countries} & {*_everywhere(other), *other.countries}):
        yield Piece(_SOME_COUNTRY, _reason("country", f"both have to do with {_list(again)}"))


def _everywhere(one: Features) -> set[str]:
    return {*one.nationalities, *one.birth_countries}


def _places(one: Features, other: Features) -> Iterator[Piece]:
    """Where organisations are; a person's address changes too often to speak against anything."""
    if "person" in {one.kind, other.kind}:
        return
    shared = set(one.countries) & set(other.countries)
    if shared:
        yield Piece(_COUNTRY, _reason("country", f"the same country: {_list(shared)}"))
        cities = set(one.cities) & set(other.cities)
        if cities:
            yield Piece(1.5, _reason("place", f"the same city: {_list(cities)}"))
    elif one.countries and other.countries:
        text = f"different countries: {_list(one.countries)} and {_list(other.countries)}"
        yield Piece(_OTHER_COUNTRY, _reason("contradiction", text))


def _subjects(one: Features, other: Features) -> Iterator[Piece]:
    shared = set(one.subjects) & set(other.subjects)
    if shared:
        yield Piece(_SUBJECT, _reason("programme", f"listed for the same: {_list(shared)}"))
    elif programmes.kindred(one.subjects, other.subjects):
        text = f"listed for what belongs together: {_list(one.subjects)} and {_list(other.subjects)}"
        yield Piece(_KINDRED_SUBJECT, _reason("programme", text))
    elif one.subjects and other.subjects and not programmes.THEMES & {*one.subjects, *other.subjects}:
        text = f"listed for different things: {_list(one.subjects)} and {_list(other.subjects)}"
        yield Piece(_OTHER_SUBJECT, _reason("contradiction", text), minor=True)


def _gender(one: Features, other: Features) -> Iterator[Piece]:
    if one.genders and other.genders and not set(one.genders) & set(other.genders):
        text = f"different genders: {_list(one.genders)} and {_list(other.genders)}"
        yield Piece(_OTHER_GENDER, _reason("contradiction", text))
