"""OFAC's features, one statement about a party each, → the fields of its record.

A feature is known by the id of its type or, where that is a new one, by its label: OFAC adds types, and the label says
what they are. What it says of a listing (secondary sanctions, directives, tags of programmes) is gathered here and put
into the listings by `ofac_listings`.

`Confirmed` says no more than the fact itself and is kept only where there is room for a note. What OFAC marks `False`
is not true of the party: an identifier stands as fraudulent, anything else under `other`.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from syncd.core.model import Contact, Identifier, IdentifierType, PartialDate, Place, Validity
from syncd.feeds.ofac import terms
from syncd.feeds.ofac.dates import date_text
from syncd.formats.fields import Reading
from syncd.normalise import countries, dates, places
from syncd.normalise.texts import whole_number


class Feature(NamedTuple):
    """A statement about a party. `value` is a text, a country's name or the label of a code; or there is a `date`.

    `reliability` is OFAC's word (`Confirmed`, `Reported`, `False`), None when it says nothing.
    """

    type: str
    label: str
    version: str
    value: str | None
    date: PartialDate | None
    reliability: str | None
    comment: str | None


Lists = dict[str, list[Any]]
"""Values by their field of `Record`, of its vessel, aircraft (`vessel.flags`), or of its listings (`listings.…`)."""


def gathered(features: Sequence[Feature], reading: Reading) -> Lists:
    """Return the statements of the features, in order of the ids of their versions, which both vocabularies share."""
    lists: Lists = defaultdict(list)
    for feature in sorted(features, key=version):
        _feature(feature, lists, reading)
    return lists


def version(feature: Feature) -> tuple[int, str, str, str]:
    """The order of features: by the id of their version, then by what they say."""
    number = whole_number(feature.version) or 0
    date = feature.date
    return number, feature.version, feature.value or "", (date.date or date.start or "") if date else ""


def note(*parts: str | None) -> str | None:
    """The parts that there are, each once, in one text."""
    said = [part for part in parts if part]
    return "; ".join(dict.fromkeys(said)) if said else None


def feature_country(path: str, published: str, reading: Reading) -> str | None:
    """The code of a country's name; None where OFAC says that it is not known."""
    return None if countries.is_absent(published) else reading.text(path, countries.code, published)


def _kind(feature: Feature) -> str:
    """The id of the feature's type; of a type with a new id and a known label, the id that OFAC gave that label."""
    if feature.type in terms.FEATURES:
        return feature.type
    return terms.FEATURES_BY_LABEL.get(terms.plain_label(feature.label), feature.type)


def _feature(feature: Feature, lists: Lists, reading: Reading) -> None:
    """Put a feature where it belongs; one of an unknown type makes the record partial."""
    kind = _kind(feature)
    reliability = reading.word("Reliability", terms.RELIABILITY, feature.reliability, None)
    value = feature.value
    if feature.date is None and not value:
        if feature.comment:
            reading.keep(feature.label, feature.comment)
    elif reliability == terms.FALSE and not _is_identifier(kind, feature):
        reading.keep(feature.label, note(_said(feature), reliability, feature.comment))
    elif feature.date is not None:
        _dated(kind, feature, feature.date, note(reliability, feature.comment), lists, reading)
    elif value:
        _stated(kind, feature, value, reliability, lists, reading)


def _said(feature: Feature) -> str | None:
    return date_text(feature.date) if feature.date is not None else feature.value


def _is_identifier(kind: str, feature: Feature) -> bool:
    return kind in terms.FEATURE_IDENTIFIERS or feature.label.startswith(terms.DIGITAL_CURRENCY)


def _stated(kind: str, feature: Feature, value: str, reliability: str | None, lists: Lists, reading: Reading) -> None:
    said = note(reliability, feature.comment)
    if kind in terms.FEATURE_TEXTS:
        _plain(feature, terms.FEATURE_TEXTS[kind], value, lists, reading)
    elif kind in terms.FEATURE_COUNTRIES:
        _country(kind, feature, value, lists, reading)
    elif kind == terms.FEATURE_GENDER:
        lists["genders"] += reading.genders(feature.label, [value])
        reading.keep(feature.label, feature.comment)
    elif kind == terms.FEATURE_BIRTH_PLACE:
        full, code = places.with_country(value)
        lists["birth_places"].append(Place(full=full, country=code, note=said))
    elif _is_identifier(kind, feature):
        type_ = terms.FEATURE_IDENTIFIERS.get(kind, "crypto_address")
        lists["identifiers"].append(_identifier(type_, feature, value, reliability))
    elif kind in terms.FEATURE_CONTACTS:
        lists["contacts"].append(Contact(type=terms.FEATURE_CONTACTS[kind], value=value, note=said))
    elif kind in terms.FEATURE_NUMBERS and lists.get(terms.FEATURE_NUMBERS[kind], [value]) == [value]:
        _plain(feature, terms.FEATURE_NUMBERS[kind], value, lists, reading)
    elif kind in terms.FEATURE_DATES:
        read = reading.value(feature.label, dates.partial, value, lambda text: (PartialDate(text=text),))
        lists[terms.FEATURE_DATES[kind]] += [_with_note(date, said) for date in read]
    else:
        _of_listing(kind, feature, value, reliability, lists, reading)


def _of_listing(
    kind: str, feature: Feature, value: str, reliability: str | None, lists: Lists, reading: Reading
) -> None:
    """What is said of the listing, known without a place in the model, or not known at all."""
    directive = terms.DIRECTIVE.fullmatch(f"{feature.label.strip(' :-')}: {value}")
    if kind == terms.FEATURE_SECONDARY or (kind == terms.FEATURE_ADDITIONAL and terms.SECONDARY.match(value)):
        _plain(feature, "listings.secondary_sanctions", value, lists, reading)
    elif kind == terms.FEATURE_TAGS and terms.PROGRAMME_TAGS.fullmatch(value):
        lists["listings.programmes"] += terms.PROGRAMME_TAG.findall(value)
        reading.keep(feature.label, feature.comment)
    elif directive is not None:
        lists["listings.directives"].append(f"Executive Order {directive['order']} {directive['directive']}")
        reading.keep(feature.label, note(directive["text"], feature.comment))
    elif kind in terms.FEATURES_KEPT or kind in terms.FEATURE_NUMBERS:
        unsure = None if reliability == terms.CONFIRMED else reliability
        reading.keep(feature.label, note(value, unsure, feature.comment))
    else:
        reading.unknown_field(feature.label, note(value, reliability, feature.comment) or "")


def _dated(kind: str, feature: Feature, date: PartialDate, said: str | None, lists: Lists, reading: Reading) -> None:
    of_act = terms.DATE_OF_ACT.fullmatch(feature.label)
    if kind in terms.FEATURE_DATES:
        lists[terms.FEATURE_DATES[kind]].append(_with_note(date, said))
    elif of_act is not None and date.date is not None and len(date.date) == len("YYYY-MM-DD"):
        field = "listed_on" if of_act["what"].casefold() == "listing" else "effective_on"
        lists["listings.dates"].append((of_act["act"], field, date.date, feature.label))
        reading.keep(feature.label, feature.comment)
    elif kind in terms.FEATURES_KEPT:
        reading.keep(feature.label, note(date_text(date), feature.comment))
    else:
        reading.unknown_field(feature.label, note(date_text(date), said) or "")


def _with_note(date: PartialDate, said: str | None) -> PartialDate:
    if said is None:
        return date
    return PartialDate(
        date=date.date, start=date.start, end=date.end, circa=date.circa, text=date.text, note=note(date.note, said)
    )


def _plain(feature: Feature, path: str, value: str, lists: Lists, reading: Reading) -> None:
    """A value whose field has no room for a note: a comment goes to `other`, with the value that it is about."""
    lists[path].append(value)
    if feature.comment is not None:
        reading.keep(feature.label, note(value, feature.comment))


def _country(kind: str, feature: Feature, value: str, lists: Lists, reading: Reading) -> None:
    path = terms.FEATURE_COUNTRIES[kind]
    if value.casefold() in terms.NO_FLAG:
        reading.keep(feature.label, note(value, feature.comment))
        return
    code = feature_country(path, value, reading)
    if code is not None:
        _plain(feature, path, code, lists, reading)


def _identifier(kind: IdentifierType, feature: Feature, value: str, reliability: str | None) -> Identifier:
    unsure: dict[str, Validity] = {"Reported": "reported", terms.FALSE: "fraudulent"}
    return Identifier(
        type=kind,
        value=value,
        label=feature.label,
        currency=feature.label.removeprefix(terms.DIGITAL_CURRENCY) if kind == "crypto_address" else None,
        validity=unsure.get(reliability or ""),
        note=note(None if reliability in unsure else reliability, feature.comment),
    )
