"""France's national register of asset freezes: one JSON document, persons, organisations and ships."""

import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from msgspec.structs import replace

from syncd.core.canonical import text as tidy
from syncd.core.model import (
    Address,
    Contact,
    ContactType,
    Identifier,
    IdentifierType,
    Kind,
    Listing,
    Name,
    NamePart,
    PartialDate,
    Place,
    Record,
)
from syncd.errors import DocumentRefused, Unreadable
from syncd.feeds.contract import Feed, Gate, GateAnswer, Header, JsonShape, Limits, Measures, RawEntry, Reader, Source
from syncd.formats import json
from syncd.formats.fields import Reading, unique
from syncd.formats.json import JsonFields
from syncd.normalise import (
    contacts,
    countries,
    dates,
    identifiers,
    name_cells,
    names,
    numbers,
    places,
    source_ids,
    wallets,
)

ID = "fr_dgt"
LIST = "Registre national des gels"
LAST_PUBLICATION = "https://gels-avoirs.dgtresor.gouv.fr/ApiPublic/api/v1/publication/derniere-publication-date"
ADDRESS = "https://gels-avoirs.dgtresor.gouv.fr/ApiPublic/api/v1/publication/derniere-publication-fichier-json"

_KINDS: dict[str, Kind] = {"personne physique": "person", "personne morale": "organisation", "navire": "vessel"}
_ABSENT = frozenset({"/", "-", "inconnu", "inconnue", "indéterminé", "non renseigné"})
# In the comment on a number, the first of these words that occurs tells its type.
_NUMBER_WORDS: tuple[tuple[str, IdentifierType], ...] = (
    ("swift", "bic"),
    ("omi", "imo"),
    ("imo", "imo"),
    ("kpp", "kpp"),
    ("motif d.enregistrement", "kpp"),
    ("okpo", "okpo"),
    ("ogrn", "ogrn"),
    (r"inn\b", "inn"),
    ("crédit social", "uscc"),
    ("portefeuille", "crypto_address"),
    ("fiscal", "tax"),
    ("taxe", "tax"),
    (r"nif\b", "tax"),
    ("sécurité sociale", "social_security"),
    ("permis de conduire", "driving_licence"),
    ("acte de naissance", "birth_certificate"),
    ("militaire", "military"),
    ("séjour", "residence"),
    ("passeport", "passport"),
    ("titre de voyage", "travel_document"),
    ("enregistrement", "registration"),
    ("immatriculation", "registration"),
    ("licence", "registration"),
    ("identité", "national_id"),
    ("identification nationale", "national_id"),
    ("national", "national_id"),
)
# What a label in a comment proves of the number that follows it there.
_BESIDE = frozenset({"imo", "imo_company", "inn", "ogrn", "kpp", "okpo", "tax", "bic", "lei", "uscc", "vat"})
_LABEL_END = re.compile(r"[;/]|(?<=\s)[-–]\s|\.(?:\s|$)")
_LONG_NUMBER = re.compile(r"\d{5}")
# References of the EU with a prefix in French, or with none; what has no second number is a number in some annex.
_EU_REFERENCE = re.compile(r"(?:(?:EU|UE)\s?\.\s?)?(?P<first>\d{1,6})\s?\.\s?(?P<second>\d{1,3})", re.IGNORECASE)
_EU_NUMBER = re.compile(r"(?:(?:EU|UE)\s?\.\s?)?\d{1,6}", re.IGNORECASE)
_ABOUT = re.compile(r"\b(?:vers|environ|approximativ\w*|circa|aux alentours)\b", re.IGNORECASE)
_OR = re.compile(r"(?<!\s)\s++ou(?:\s++|$)")
_BETWEEN = re.compile(r"\bentre\s+(?:l['’]an\s+)?(\d{4})\s+et\s+(\d{4})\b", re.IGNORECASE)
_OR_YEAR = re.compile(r"\bou\s+(?:en\s+|vers\s+)?(1[89]\d{2}|20\d{2})\b", re.IGNORECASE)
_ABOUT_YEAR = re.compile(r"(?:né\(?e?\)?\s+)?(?:vers|environ|circa|en)\s+(\d{4})", re.IGNORECASE)
_FORMER = re.compile(r"\b(?:ancien|ancienne|anciennement|ex)\b", re.IGNORECASE)
# The regime stands in the last brackets of a legal basis, which may hold brackets themselves.
_REGIME = re.compile(r"\s\(((?:[^()]|\([^()]*\))+)\)\s*$")


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """Yield the entries of a document. Raises DocumentRefused when it is not the list, or is cut off."""
    found = json.read_array(stream, path=("Publications", "PublicationDetail"))
    header.published = json.scalar_text(found.beside.get("DatePublication"))
    for raw in found.entries:
        yield RawEntry(raw=raw, content=raw)


class _Details:
    """The values of an entry by the type of their field, each of which accounts for its own parts."""

    def __init__(self, entry: JsonFields, reading: Reading) -> None:
        self._values: dict[str, list[JsonFields]] = {}
        for detail in entry.objects("RegistreDetail"):
            type_ = detail.take("TypeChamp").strip()
            if type_ in _FIELDS:
                self._values.setdefault(type_, []).extend(detail.objects("Valeur"))
        self.reading = reading

    def values(self, *types: str) -> list[JsonFields]:
        return [value for type_ in types for value in self._values.get(type_, [])]

    def texts(self, type_: str, name: str) -> list[str]:
        """The filled values of a type. A comment beside one has no place in the model, and is kept."""
        found = []
        for value in self.values(type_):
            self.reading.keep(f"{type_}/Commentaire", _comment(value))
            text = value.take_optional(name)
            found += [text] if text and _said(text) else []
        return found


# All types of fields. One that is not here is left over whole.
_FIELDS = frozenset(
    {"PRENOM", "ALIAS", "SEXE", "DATE_DE_NAISSANCE", "LIEU_DE_NAISSANCE", "NATIONALITE", "TITRE", "MOTIFS"}
    | {"FONDEMENT_JURIDIQUE", "ADRESSE_PP", "ADRESSE_PM", "TELEPHONE", "COURRIEL", "SITE_INTERNET"}
    | {"IDENTIFICATION", "AUTRE_IDENTITE", "PASSEPORT", "NUMERO_OMI", "REFERENCE_UE", "REFERENCE_ONU"}
)


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one entry. Raises MissingField when its id or name cannot be read."""
    entry = JsonFields.of(content, reading)
    key = reading.identify(ID, entry.published("IdRegistre"), source_ids.upper)
    kind = reading.word("Nature", _KINDS, entry.take_optional("Nature"), "unknown")
    family = entry.take("Nom")
    details = _Details(entry, reading)
    found = _Numbers(details, kind)
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=(*_primary(family, details), *_aliases(details)),
        birth_dates=unique(_birth_dates(details)),
        birth_places=unique(_birth_places(details)),
        nationalities=_nationalities(details),
        genders=reading.genders("SEXE", details.texts("SEXE", "Sexe")),
        positions=unique(details.texts("TITRE", "Titre")),
        addresses=unique(_addresses(details)),
        identifiers=unique([*_references(key.removeprefix(f"{ID}:"), details), *found.identifiers]),
        contacts=unique(_contacts(details)),
        listings=(_listing(details),),
        reasons=unique(details.texts("MOTIFS", "Motifs")),
        remarks=unique(found.remarks),
    )


def _primary(family: str, details: _Details) -> Iterator[Name]:
    """The name; with several given names, which are alternatives, once with each. The first by alphabet is primary,
    those in Latin script before others."""
    given = sorted(details.texts("PRENOM", "Prenom"), key=lambda one: (names.script(one) != "Latn", one))
    if not given:
        yield Name(full=family, kind="primary", script=names.script(family))
    for place, one in enumerate(given):
        full = names.join_parts([family, one])
        parts = (NamePart(kind="family", value=family), NamePart(kind="given", value=one))
        yield Name(full=full, kind="alias" if place else "primary", parts=parts, script=names.script(full))


def _aliases(details: _Details) -> Iterator[Name]:
    for value in details.values("ALIAS"):
        full, note = value.take_optional("Alias"), _comment(value)
        if full is None or not _said(full):
            details.reading.keep("ALIAS/Commentaire", note)
            continue
        former = note is not None and _FORMER.search(note)
        for one in name_cells.listed_names(full, "former" if former else "alias"):
            # `autrement connue sous le nom de A ou B`
            for name in [one.full] if one.full == full else filter(None, _OR.split(one.full)):
                yield Name(full=name, kind=one.kind, script=names.script(name), note=_notes(note, one.note))


def _birth_dates(details: _Details) -> Iterator[PartialDate]:
    for value in details.values("DATE_DE_NAISSANCE"):
        day, month, year = (value.take_optional(name) or "" for name in ("Jour", "Mois", "Annee"))
        note = _comment(value)
        if day and not month and year:
            details.reading.keep("DATE_DE_NAISSANCE/Jour", day)
        if year or day or month:
            published = f"{day.strip() or 'dd'}/{month.strip() or 'mm'}/{year.strip() or 'yyyy'}"
            found = details.reading.value("DATE_DE_NAISSANCE", dates.day_first, published, _as_text)
            if found:
                yield from (replace(date, note=note) for date in _with_comment(found, note or ""))
        elif note:
            yield details.reading.date("DATE_DE_NAISSANCE/Commentaire", _in_words, note)


def _with_comment(found: PartialDate, note: str) -> Iterator[PartialDate]:
    """A date and what its comment adds: that it is about one, the range that it begins, another year (`ou 1966`)."""
    ends, circa = _BETWEEN.search(note), found.circa or bool(_ABOUT.search(note))
    if ends and ends[1] == found.date and ends[1] < ends[2]:
        yield replace(dates.between(dates.iso_date(ends[1]), dates.iso_date(ends[2])), circa=circa)
        return
    yield replace(found, circa=circa)
    yield from (replace(dates.iso_date(year), circa=circa) for year in _OR_YEAR.findall(note) if year != found.date)


def _as_text(published: str) -> PartialDate:
    return PartialDate(text=published)


def _in_words(published: str) -> PartialDate:
    """`vers 1960`, `entre 1958 et 1963`."""
    ends, about = _BETWEEN.search(published), _ABOUT_YEAR.fullmatch(tidy(published))
    if ends:
        return replace(
            dates.between(dates.iso_date(ends[1]), dates.iso_date(ends[2])), circa=bool(_ABOUT.search(published))
        )
    if about:
        return replace(dates.iso_date(about[1]), circa=bool(_ABOUT.search(published)))
    return dates.iso_date(published)


def _birth_places(details: _Details) -> Iterator[Place]:
    for value in details.values("LIEU_DE_NAISSANCE"):
        code, note = _country(value, "LIEU_DE_NAISSANCE/Pays", details.reading)
        full = value.take_optional("Lieu")
        said = full if full and _said(full) else None
        found = Place(full=said, country=code or _at_end(said), note=_notes(note, _comment(value)))
        if found != Place():
            yield found


def _addresses(details: _Details) -> Iterator[Address]:
    for value in details.values("ADRESSE_PP", "ADRESSE_PM"):
        code, note = _country(value, "ADRESSE/Pays", details.reading)
        full = value.take_optional("Adresse")
        said = full if full and _said(full) else None
        found = Address(full=said, country=code or _at_end(said), note=_notes(note, _comment(value)))
        if found != Address():
            yield found


def _at_end(said: str | None) -> str | None:
    """The country with which a text ends that has none beside it: `Homs, Syrie`."""
    return places.country_at_end(said) if said else None


def _nationalities(details: _Details) -> tuple[str, ...]:
    found = []
    for value in details.values("NATIONALITE"):
        code, note = _country(value, "NATIONALITE/Pays", details.reading)
        details.reading.keep("NATIONALITE/Commentaire", _notes(note, _comment(value)))
        found += [code] if code else []
    return unique(found)


def _country(value: JsonFields, path: str, reading: Reading) -> tuple[str | None, str | None]:
    """(code, note): the text as note when it says more than the country; the text as code when nothing reads it."""
    published = value.take_optional("Pays")
    if published is None or not _said(published) or countries.is_absent(published):
        return None, None
    unread: tuple[str, str | None] = (published, None)
    read: Callable[[str], tuple[str, str | None]] = countries.remarked
    return reading.value(path, read, tidy(published), lambda _: unread)


def _references(register_id: str, details: _Details) -> Iterator[Identifier]:
    yield Identifier(type="fr_reference", value=register_id, label="IdRegistre")
    for text in details.texts("REFERENCE_UE", "ReferenceUe"):
        yield from _eu_reference(text, details.reading)
    for text in details.texts("REFERENCE_ONU", "ReferenceOnu"):
        value = details.reading.text("REFERENCE_ONU", identifiers.un_reference, text)
        yield Identifier(type="un_reference", value=value, label="REFERENCE_ONU")


def _eu_reference(text: str, reading: Reading) -> Iterator[Identifier]:
    """`UE.4635.91` and `3849.88` are references of the EU, `17` a number of a list, and a sentence is kept."""
    whole = _EU_REFERENCE.fullmatch(text)
    if whole:
        value = f"EU.{whole['first']}.{whole['second']}"
        yield Identifier(type="eu_reference", value=value, label="REFERENCE_UE")
    elif _EU_NUMBER.fullmatch(text):
        yield Identifier(type="list_id", value=text, label="REFERENCE_UE")
    else:
        reading.keep("REFERENCE_UE", text)


class _Column(NamedTuple):
    """A type of field that holds numbers: where the number stands, and of what type it is when no comment says so."""

    type: str
    name: str
    kind: IdentifierType


_NUMBERS = (
    _Column("PASSEPORT", "NumeroPasseport", "passport"),
    _Column("AUTRE_IDENTITE", "NumeroCarte", "national_id"),
    _Column("IDENTIFICATION", "Identification", "other"),
    _Column("NUMERO_OMI", "NumeroOMI", "imo"),
)


class _Numbers:
    """The numbers of an entry. A text without any figure in a number's place is a remark: `/`, a form of company."""

    def __init__(self, details: _Details, kind: Kind) -> None:
        self.identifiers: list[Identifier] = []
        self.remarks: list[str] = []
        self._kind = kind
        for column in _NUMBERS:
            for value in details.values(column.type):
                self._read(column, value, details.reading)

    def _read(self, column: _Column, value: JsonFields, reading: Reading) -> None:
        published, comment = value.take_optional(column.name), _comment(value)
        said = published if published and _said(published) else None
        type_ = column.kind if column.kind in ("passport", "imo") else _type_of(comment or published, column.kind)
        if type_ == "imo" and said and (number := _imo(said)):
            said = number
        label, note = (None, comment) if column.kind == "passport" else (comment, None)
        found = self._numbers(said, type_, label, note) if said else ()
        if column.kind == "imo" and not all(re.fullmatch(r"[0-9]{7}", one.value) for one in found):
            reading.unreadable.append(column.type)
        beside = self._beside(comment) if column.kind != "passport" else ()
        known = {one.value for one in found}
        self.identifiers += [*found, *(one for one in beside if one.value not in known)]
        if not found and (comment or said):
            self.remarks.append(": ".join(part for part in (comment, said) if part))

    def _numbers(self, said: str, type_: IdentifierType, label: str | None, note: str | None) -> tuple[Identifier, ...]:
        if type_ == "crypto_address":
            return tuple(
                Identifier(type=type_, value=one.address, label=label, currency=one.currency)
                for one in wallets.wallets_of_cell(said)
            )
        found = numbers.numbers_of_cell(said, column=type_, kind=self._kind, label=label, note=note)
        if type_ != "registration":
            return found
        # The label says what the number is: a check digit that is right once in ten proves no ISIN against it.
        return tuple(replace(one, type=type_) if one.type == "isin" and one.value == said else one for one in found)

    def _beside(self, comment: str | None) -> list[Identifier]:
        """The numbers that a comment labels: it may say of several what they are."""
        if comment is None or not _LONG_NUMBER.search(comment):
            return []
        found = numbers.numbers_of_cell(comment, column="other", kind=self._kind)
        return [replace(one, note=None) for one in found if one.type in _BESIDE and _LONG_NUMBER.search(one.value)]


def _imo(text: str) -> str | None:
    """The seven digits alone; None for a text that says more."""
    try:
        return identifiers.imo(text)
    except Unreadable:
        return None


def _type_of(comment: str | None, otherwise: IdentifierType) -> IdentifierType:
    """By the words before the first other statement of a comment; those that label a number in it are that one's."""
    text = _LABEL_END.split((comment or "").lower(), maxsplit=1)[0]
    found = next((kind for word, kind in _NUMBER_WORDS if re.search(rf"\b{word}", text)), otherwise)
    return otherwise if found == "imo" and comment and _LONG_NUMBER.search(text) and not _imo(comment) else found


def _contacts(details: _Details) -> Iterator[Contact]:
    kinds: tuple[tuple[str, str, ContactType], ...] = (
        ("TELEPHONE", "Telephone", "phone"),
        ("COURRIEL", "Courriel", "email"),
        ("SITE_INTERNET", "SiteInternet", "website"),
    )
    for type_, name, kind in kinds:
        for value in details.values(type_):
            text, note = value.take_optional(name), _comment(value)
            if text and _said(text):
                yield from contacts.contacts_of_cell(text, kind, note)


def _listing(details: _Details) -> Listing:
    """One freeze on all its legal bases. The dates in them are those of the acts, some of which only amend."""
    acts = []
    for value in details.values("FONDEMENT_JURIDIQUE"):
        details.reading.keep("FONDEMENT_JURIDIQUE/Commentaire", _comment(value))
        value.ignore("FondementJuridique", why="numbers the act in the publisher's own database")
        acts += [act] if (act := value.take_optional("FondementJuridiqueLabel")) else []
    regimes = unique(found[1].strip() for act in acts if (found := _REGIME.search(act)))
    return Listing(list=LIST, programmes=regimes, authorities=unique(acts))


def _comment(value: JsonFields) -> str | None:
    comment = value.take_optional("Commentaire")
    return comment.strip() if comment and _said(comment) else None


def _said(text: str) -> bool:
    return tidy(text).lower() not in _ABSENT


def _notes(*notes: str | None) -> str | None:
    return "; ".join(note for note in notes if note) or None


# `02/10/2026 10:36:17`, in Paris time, with or without the quotes of JSON.
_PUBLISHED = re.compile(rb'\s*"?(?P<time>\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2})"?\s*')


def read_last_publication(body: bytes, _url: str) -> GateAnswer:
    """The time of the last publication is the token. Raises DocumentRefused when the answer is none."""
    found = _PUBLISHED.fullmatch(body.removeprefix(b"\xef\xbb\xbf"))
    if found is None:
        raise DocumentRefused("the answer is not the time of a publication, like 02/10/2026 10:36:17")
    return GateAnswer(token=found["time"].decode())


_SHAPE = JsonShape(entries=("Publications", "PublicationDetail"), id="IdRegistre", names=("Nom",))

FEED = Feed(
    id=ID,
    partition=7,
    title="Registre national des gels",
    jurisdiction="FR",
    authority="Direction générale du Trésor",
    legal_basis="Articles L. 562-1 to L. 562-4 of the Code monétaire et financier; EU regulations; UN resolutions",
    homepage="https://gels-avoirs.dgtresor.gouv.fr/",
    id_rule=(
        "IdRegistre as published. REFERENCE_UE and REFERENCE_ONU are identifiers of the record. Of several given names "
        "the first by alphabet, in Latin script, makes the primary name."
    ),
    sources=(
        Source(
            name="json",
            url=ADDRESS,
            vocabulary="registre",
            expect="json",
            gates=(
                Gate(url=LAST_PUBLICATION, read=read_last_publication, bytes_max=1_000, typical_bytes=19, spared=True),
            ),
            bytes_max=100_000_000,
            unpacked_bytes_max=100_000_000,
            timeout_seconds=180.0,
            typical_bytes=10_000_000,
            typical_seconds=15.0,
        ),
    ),
    readers={"registre": Reader(entries=entries, record=record, shape=_SHAPE)},
    measures=Measures(usual=("asset_freeze",), source="Code monétaire et financier, L. 562-2; EU regulations."),
    interval_seconds=300,
    limits=Limits(records_min=1_000, removals_max=150, partial_ratio=0.05),
    bytes_reason=(
        "10 MB each 300 s are 2.9 GB a day only if the time of the last publication, which is asked for first, cannot "
        "be had and the publisher ignores conditional questions."
    ),
    parser_version=4,
    evidence="excerpt",
    quirks=(
        "A date of birth has day, month and year apart, and at times only a comment: vers 1960.",
        "A record has several legal bases; the last brackets of each name the regime.",
        "An identification of / says something in its comment alone.",
        "Fax numbers stand among the telephone numbers, marked Télécopie.",
        "Several given names are alternatives.",
        "REFERENCE_UE is also written UE.4635.91, 3849.88, 17, or as the act; only the first two are references.",
    ),
    delay="Hours after the Official Journal of the EU; national freezes the day of their arrêté.",
)
