"""Invented targets, as plain data. Every name is made up, of words for what does not exist; nobody is meant.

The same target stands on several lists, as in the real world: each authority writes it in its own format.
"""

from typing import Literal

from msgspec import Struct


class Called(Struct, frozen=True):
    """A name: of a person in two parts, of an organisation or a vessel whole, in `family`."""

    family: str
    given: str = ""

    @property
    def full(self) -> str:
        """The name as one text, the given name first."""
        return f"{self.given} {self.family}".strip()


class Programme(Struct, frozen=True, kw_only=True):
    """One invented programme, as each authority would name it. `us_basis_id` is OFAC's id of the legal authority."""

    us: str
    us_basis: str
    us_basis_id: str
    un: str
    uk: str
    eu: str
    eu_act: str


class Country(Struct, frozen=True, kw_only=True):
    """A country by its ISO code: its name, OFAC's id of it, and a town in it."""

    code: str
    name: str
    us_id: str
    town: str


class InventedTarget(Struct, frozen=True, kw_only=True):
    """One invented target. `number` is unique and gives it its id on every list; `programme` and `country` are keys of
    the tables below; `born` is `YYYY-MM-DD` or a year; `owner` is the number of the organisation that owns a vessel."""

    number: int
    kind: Literal["person", "organisation", "vessel"]
    name: Called
    programme: str
    country: str
    designated: str
    original: Called | None = None
    aliases: tuple[Called, ...] = ()
    born: str = ""
    gender: str = ""
    position: str = ""
    passports: tuple[str, ...] = ()
    registration: str = ""
    imo: str = ""
    street: str = ""
    owner: int | None = None
    owner_name: str = ""
    remarks: str = ""


COUNTRIES = {
    country.code: country
    for country in (
        Country(code="IS", name="Iceland", us_id="11106", town="Reykjavik"),
        Country(code="MT", name="Malta", us_id="11139", town="Valletta"),
        Country(code="FJ", name="Fiji", us_id="11088", town="Suva"),
        Country(code="UY", name="Uruguay", us_id="11213", town="Montevideo"),
    )
}

PROGRAMMES = {
    "paper": Programme(
        us="PAPER-EO90001",
        us_basis="Executive Order 90001 (Paper Tigers)",
        us_basis_id="990001",
        un="PAPER",
        uk="The Paper Tigers (Sanctions) Regulations 2026",
        eu="PAPER",
        eu_act="2026/90001 (OJ L90001)",
    ),
    "clouds": Programme(
        us="CLOUDS-EO90002",
        us_basis="Executive Order 90002 (Castles in the Air)",
        us_basis_id="990002",
        un="CLOUDS",
        uk="The Castles in the Air (Sanctions) Regulations 2026",
        eu="CLOUDS",
        eu_act="2026/90002 (OJ L90002)",
    ),
}

# Surnames that say "not existing", "for example", "made up", "imaginary", each with how it is written at home.
_FAMILIES = {
    "cyrillic": (("NESUSHCHESTVOV", "Несуществов"), ("PRIMEROV", "Примеров"), ("VYDUMKIN", "Выдумкин")),
    "arabic": (("AL-KHAYALI", "الخيالي"), ("AL-WAHMI", "الوهمي"), ("AL-MUKHTALAQ", "المختلق")),
    "greek": (("FANTASTIKOS", "Φανταστικός"), ("ANYPARKTOS", "Ανύπαρκτος")),
}
_GIVEN = {
    "cyrillic": (("Foma", "Фома"), ("Rodion", "Родион"), ("Arseny", "Арсений"), ("Tikhon", "Тихон")),
    "arabic": (("Idris", "إدريس"), ("Salim", "سليم"), ("Nuh", "نوح"), ("Yunus", "يونس")),
    "greek": (("Orestis", "Ορέστης"), ("Myron", "Μύρων"), ("Linos", "Λίνος"), ("Ilias", "Ηλίας")),
}
_ORGANISATIONS = (
    "PAPER TIGER TRADING LLC",
    "CASTLE IN THE AIR HOLDINGS",
    "NOWHERE AT ALL SHIPPING COMPANY",
    "PHANTOM LEDGER EXCHANGE",
    "MIRAGE OVER SAND PETROCHEMICALS",
    "EMPTY BOX LOGISTICS",
    "ALIAS AND ALIAS IMPORT-EXPORT",
    "TWO-HORNED UNICORN MINERALS",
    "SECOND SHADOW SECURITY",
    "QUICKSAND FOUNDATIONS CONSTRUCTION",
    "FIVE-LEAF CLOVER FREIGHT",
    "INVISIBLE INK PRINTING HOUSE",
    "SMOKE RING PIPELINES",
    "MOONBEAM BY THE METRE CHARTER",
)
_VESSELS = (
    "PAPER BOAT THE FIRST",
    "IMAGINARY STARBOARD",
    "PHANTOM GULL OF NOWHERE",
    "MAKE-BELIEVE",
    "GHOST OF A CHANCE",
    "SHIP IN A BOTTLE",
)
_POSITIONS = ("Keeper of the Empty Vault", "Director of Nothing in Particular", "Minister without Country", "")
_SHIP_OWNER = "NOWHERE AT ALL SHIPPING COMPANY"


def _persons() -> list[InventedTarget]:
    called = [
        (Called(family, given), Called(family_there, given_there))
        for group, families in _FAMILIES.items()
        for family, family_there in families
        for given, given_there in _GIVEN[group]
    ]
    return [_person(number, *names) for number, names in enumerate(called, start=1)]


def _person(number: int, name: Called, original: Called) -> InventedTarget:
    born = f"{1950 + number}-{1 + number % 12:02}-{1 + number % 28:02}"
    return InventedTarget(
        number=number,
        kind="person",
        name=name,
        original=original,
        aliases=(Called(name.family, f"{name.given[0]}."),) if number % 3 == 0 else (),
        programme=_programme(number),
        country=_country(number),
        designated=f"2026-{1 + number % 9:02}-{1 + number % 27:02}",
        born=born[:4] if number % 5 == 0 else born,
        gender="male",
        position=_POSITIONS[number % len(_POSITIONS)],
        passports=(f"ZZ{number:07}",) if number % 2 else (),
    )


def _organisations(first: int) -> list[InventedTarget]:
    return [
        InventedTarget(
            number=number,
            kind="organisation",
            name=Called(name),
            aliases=(Called("".join(word[0] for word in name.split())),) if number % 3 == 0 else (),
            programme="paper" if name == _SHIP_OWNER else _programme(number),
            country=_country(number),
            designated=f"2026-{1 + number % 9:02}-15",
            registration=f"ZZ-{number:05}",
            street=f"{number} Nonesuch Street",
        )
        for number, name in enumerate(_ORGANISATIONS, start=first)
    ]


def _vessels(first: int, owner: InventedTarget) -> list[InventedTarget]:
    return [
        InventedTarget(
            number=number,
            kind="vessel",
            name=Called(name),
            programme="paper",
            country=_country(number),
            designated=f"2026-{1 + number % 9:02}-20",
            imo=invented_imo(190_000 + number),
            owner=owner.number,
            owner_name=owner.name.full,
        )
        for number, name in enumerate(_VESSELS, start=first)
    ]


def _programme(number: int) -> str:
    """A little over a third of the targets stand under the programme that ends in the story."""
    return "clouds" if number % 5 in {1, 3} else "paper"


def _country(number: int) -> str:
    return tuple(COUNTRIES)[number % len(COUNTRIES)]


def invented_imo(first_six: int) -> str:
    """A ship's number with a right check digit, from six digits that no ship was given."""
    digits = f"{first_six:06}"
    return digits + str(sum(int(digit) * weight for digit, weight in zip(digits, range(7, 1, -1), strict=True)) % 10)


PERSONS = tuple(_persons())
ORGANISATIONS = tuple(_organisations(len(PERSONS) + 1))
_OWNER = next(target for target in ORGANISATIONS if target.name.full == _SHIP_OWNER)
VESSELS = tuple(_vessels(len(PERSONS) + len(ORGANISATIONS) + 1, _OWNER))

BASELINES: dict[str, tuple[InventedTarget, ...]] = {
    "us_ofac_sdn": (*PERSONS[:22], *ORGANISATIONS[:13], *VESSELS),
    "un_sc": (*PERSONS[4:30], *ORGANISATIONS[:12]),
    "uk_sl": (*PERSONS[2:26], *ORGANISATIONS[:12], *VESSELS[:4]),
    "eu_fsf": (*PERSONS[:28], *ORGANISATIONS[:12]),
}

# Those who come in the course of the story.
NEWCOMER = InventedTarget(
    number=91,
    kind="person",
    name=Called("NEBYVALSKY", "Timofey"),
    original=Called("Небывальский", "Тимофей"),
    programme="paper",
    country="UY",
    designated="2026-11-23",
    born="1971-03-04",
    gender="male",
    position="Admiral of a Fleet That Never Was",
    passports=("ZZ7100091",),
)
LATECOMER = InventedTarget(
    number=92,
    kind="organisation",
    name=Called("LOOKING-GLASS HOLDINGS"),
    aliases=(Called("SGNIDLOH SSALG-GNIKOOL"),),
    programme="paper",
    country="MT",
    designated="2026-11-23",
    registration="ZZ-00092",
    street="92 Other Side Row",
)
