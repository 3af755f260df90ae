"""Targets → the documents that publishers would serve, by feed, each in the publisher's own format."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from syncd.demo import eu, ofac, uk, un
from syncd.demo.targets import InventedTarget

OFAC_FILE = "SDN_ADVANCED.XML"

Writer = Callable[[Sequence[InventedTarget], datetime], bytes]
WRITERS: Mapping[str, Writer] = {
    "us_ofac_sdn": lambda targets, at: ofac.document(targets, at.astimezone(UTC).date()),
    "un_sc": lambda targets, at: un.document(targets, at.astimezone(UTC)),
    "uk_sl": lambda targets, at: uk.document(targets, at.astimezone(UTC).date()),
    "eu_fsf": lambda targets, at: eu.document(targets, at.astimezone(UTC)),
}
_SOURCE_IDS: Mapping[str, Callable[[InventedTarget], str]] = {
    "us_ofac_sdn": ofac.party_id,
    "un_sc": un.invented_un_reference,
    "uk_sl": uk.unique_id,
    "eu_fsf": eu.invented_eu_reference,
}
# Some lists have no ships in these files.
_WITHOUT_VESSELS = frozenset({"un_sc", "eu_fsf"})


def document(feed: str, targets: Sequence[InventedTarget], at: datetime) -> bytes:
    """The document of `feed` with `targets` on it, unpacked, of that time. Raises KeyError for other feeds."""
    return WRITERS[feed](targets, at)


def key(feed: str, target: InventedTarget) -> str:
    """The key of the record that `target` is on that list."""
    return f"{feed}:{_SOURCE_IDS[feed](target)}"


def has(feed: str, target: InventedTarget) -> bool:
    """Whether that list can hold such a target at all."""
    return target.kind != "vessel" or feed not in _WITHOUT_VESSELS


def zipped(name: str, content: bytes) -> bytes:
    """A ZIP with one document in it, the same for the same content."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
