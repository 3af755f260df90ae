"""What all moments share: their name in the log, their level, and the sentence that a person reads."""

from typing import Any, ClassVar, Literal

import msgspec
from msgspec import Struct

Level = Literal["debug", "info", "warning", "error"]
Fault = Literal["network", "publisher", "disk", "archive", "ledger", "internal"]


class Moment(Struct, frozen=True, kw_only=True):
    """What all moments share. `says` is the sentence, with the fields in braces."""

    event: ClassVar[str] = "moment"
    level: ClassVar[Level] = "info"
    says: ClassVar[str] = ""

    def fields(self) -> dict[str, Any]:
        """The moment's own fields, in the order in which they are declared."""
        return msgspec.structs.asdict(self)

    def severity(self) -> Level:
        return self.level

    def sentence(self) -> str:
        """One line for a person."""
        return self.says.format_map(self.fields())


class FeedMoment(Moment, frozen=True, kw_only=True):
    """A moment of one feed."""

    feed: str
