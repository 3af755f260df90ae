"""The base of all moments: their name in the log, their level, and the sentence for a person."""

from typing import Any, ClassVar, Literal

import msgspec
from msgspec import Struct

Level = Literal["debug", "info", "warning", "error"]
Fault = Literal["network", "publisher", "disk", "archive", "ledger", "internal"]


class Moment(Struct, frozen=True, kw_only=True):
    """One event in the life of the process. `event` is its name in the log; `says` is its sentence, with the fields in
    braces."""

    event: ClassVar[str] = "moment"
    level: ClassVar[Level] = "info"
    says: ClassVar[str] = ""

    def fields(self) -> dict[str, Any]:
        """Return the moment's own fields in the order in which they are declared."""
        return msgspec.structs.asdict(self)

    def severity(self) -> Level:
        """Return the level of the log line; by default the type's `level`."""
        return self.level

    def sentence(self) -> str:
        """Return one line for a person."""
        return self.says.format_map(self.fields())


class FeedMoment(Moment, frozen=True, kw_only=True):
    """A moment of one feed."""

    feed: str
