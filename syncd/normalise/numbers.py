"""Numbers that identify somebody: a published cell → identifiers with their types, for all feeds alike.

A number is typed by its form where the form proves it, else by the words around it, else as the feed's column says.
"""

from syncd.core.model import Identifier, IdentifierType, Kind
from syncd.errors import Unreadable
from syncd.normalise import identifiers


def of_cell(
    published: str,
    *,
    column: IdentifierType,
    kind: Kind,
    label: str | None = None,
    country: str | None = None,
    note: str | None = None,
) -> tuple[Identifier, ...]:
    """The identifiers of one cell, in order; `column` is the type that the feed's column or label promises.

    `label` is the publisher's own name of the number, `kind` that of the record. Nothing published is lost: what is no
    number stays in the `note` of its identifier.
    """
    return (
        Identifier(type=by_form(published, column, kind), value=published, label=label, country=country, note=note),
    )


def by_form(value: str, otherwise: IdentifierType, kind: Kind) -> IdentifierType:
    """The type that the form of `value` proves (LEI and ISIN by check digits, `IMO` and seven digits); else `otherwise`."""
    if otherwise == "imo" or value.upper().startswith("IMO"):
        return "imo" if kind == "vessel" else "imo_company" if kind == "organisation" else otherwise
    for type_, read, checks in (
        ("lei", identifiers.lei, identifiers.lei_checks),
        ("isin", identifiers.isin, identifiers.isin_checks),
    ):
        try:
            if checks(read(value)):
                return type_  # type: ignore[return-value]
        except Unreadable:
            continue
    return otherwise
