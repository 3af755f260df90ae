"""Headers by which a consumer filters without reading values: `feed`, `kind`, `programmes`, and of a change `material`
and `origin`.

A header that is not there says nothing: a message of an earlier version has none of them, and one whose programmes take
more than PROGRAMMES_BYTES_MAX has no `programmes`. Who filters reads the value then.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from syncd.core.events import Change

Headers = list[tuple[str, bytes]]

FILTERS = frozenset({"material", "origin", "feed", "kind", "programmes"})
# Of what a change without its records does not say.
OF_RECORDS = frozenset({"kind", "programmes"})
PROGRAMMES_BYTES_MAX = 1000


class _Name(Struct):
    full: str = ""
    kind: str = ""


class _Listing(Struct):
    programmes: tuple[str, ...] = ()


class Gist(Struct):
    """The little of a record that headers and flat columns are made of."""

    kind: str = ""
    names: tuple[_Name, ...] = ()
    listings: tuple[_Listing, ...] = ()

    @property
    def name(self) -> str:
        """The primary name, else the first; empty when there is none."""
        return next(
            (name.full for name in self.names if name.kind == "primary"), self.names[0].full if self.names else ""
        )

    @property
    def programmes(self) -> tuple[str, ...]:
        """The programmes of all listings, each once, in their order."""
        return tuple(dict.fromkeys(programme for listing in self.listings for programme in listing.programmes))


_gist = msgspec.json.Decoder(Gist)


def gist_of(record: bytes) -> Gist:
    """Return the gist of the record whose JSON is `record`. Raises msgspec.MsgspecError."""
    return _gist.decode(record)


def change_filters(change: Change) -> Headers:
    """Return the filter headers of a change. `programmes` are those before and after it: who follows a programme sees a
    record leave it."""
    versions = [gist_of(bytes(version)) for version in (change.after, change.before) if version is not None]
    headers = [
        ("material", b"true" if change.material else b"false"),
        ("origin", change.origin.encode()),
        ("feed", change.feed.encode()),
    ]
    if not versions:
        return headers
    return headers + _of_record(
        versions[0].kind, (programme for version in versions for programme in version.programmes)
    )


def record_filters(feed: str, gist: Gist) -> Headers:
    """Return the filter headers of a record of `feed`."""
    return [("feed", feed.encode()), *_of_record(gist.kind, gist.programmes)]


def _of_record(kind: str, programmes: Iterable[str]) -> Headers:
    """`kind` and `programmes`: each once, joined by commas; a comma or percent sign inside is percent-encoded."""
    joined = ",".join(dict.fromkeys(text.replace("%", "%25").replace(",", "%2C") for text in programmes)).encode()
    headers = [("kind", kind.encode())]
    return [*headers, ("programmes", joined)] if len(joined) <= PROGRAMMES_BYTES_MAX else headers
