"""Golden answers of channels: `tests/channels/golden/<channel>/<index name or page>.<ext>`, all invented."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from syncd.channels import all_channels
from syncd.channels.contract import AnnouncedAct, NoticeChannel

GOLDEN = Path(__file__).parent / "golden"
EXPECTED = "announcements.jsonl"


class Answer(NamedTuple):
    """One answer of a channel, and how it is read."""

    channel: NoticeChannel
    path: Path

    def read(self, body: bytes | None = None) -> tuple[AnnouncedAct, ...]:
        """Read the answer, or another body in its place."""
        given = self.path.read_bytes() if body is None else body
        if self.path.stem == "page":
            assert self.channel.page is not None
            return (self.channel.page.read(given, first_item(self.channel)),)
        index = next(one for one in self.channel.indexes if one.name == self.path.stem)
        return index.read(given, self.channel.homepage)


def answers() -> list[Answer]:
    """Every golden answer."""
    return list(_answers())


def _answers() -> Iterator[Answer]:
    for channel in all_channels().values():
        for path in sorted((GOLDEN / channel.id).iterdir()):
            if path.name != EXPECTED:
                yield Answer(channel, path)


def first_item(channel: NoticeChannel) -> AnnouncedAct:
    """The announcement to which the golden page belongs: the first of the first index."""
    index = channel.indexes[0]
    (path,) = (GOLDEN / channel.id).glob(f"{index.name}.*")
    return index.read(path.read_bytes(), channel.homepage)[0]
