"""References of the Swiss list to the lists that it follows: `foreign-identifier`, typed where its form tells."""

from collections.abc import Callable, Iterator

from syncd.core.model import Identifier, IdentifierType
from syncd.errors import Unreadable
from syncd.formats.fields import XmlFields
from syncd.normalise import identifiers

_FORMS: tuple[tuple[IdentifierType, Callable[[str], str]], ...] = (
    ("un_reference", identifiers.un_reference),
    ("eu_reference", identifiers.eu_reference),
)


def seco_references(target: XmlFields, ssid: str, origin: str | None) -> Iterator[Identifier]:
    """The target's own number, then what it is called on the origin's list. `origin`: `EU`, `UN`, as published."""
    yield Identifier(type="ch_reference", value=ssid, label="ssid")
    for published in target.texts("foreign-identifier"):
        yield _foreign(published.strip(), origin)


def _foreign(published: str, origin: str | None) -> Identifier:
    for type_, read in _FORMS:
        try:
            return Identifier(type=type_, value=read(published), label="foreign-identifier", issuer=origin)
        except Unreadable:
            continue
    return Identifier(type="other", value=published, label="foreign-identifier", issuer=origin)
