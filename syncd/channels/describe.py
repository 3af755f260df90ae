"""The channels' statements about themselves, for people: the page of the channels is made of them."""

from collections.abc import Iterable

from syncd.channels.contract import NoticeChannel

_HEADS = ("channel", "authority", "read from", "lists that follow", "asked every", "overdue after", "silent after")


def channels_markdown(channels: Iterable[NoticeChannel]) -> str:
    """Return one table of the channels, and below it of each on what its reading rests, and what nobody has seen."""
    shown = list(channels)
    lines = [f"| {' | '.join(_HEADS)} |", "|" + "---|" * len(_HEADS)]
    lines += [f"| {' | '.join(_cells(one))} |" for one in shown]
    for one in shown:
        lines += ["", f"**`{one.id}`** ({one.evidence}). Not proven:", *(f"- {text}" for text in one.unproven)]
        lines += ["", "Known:", *(f"- {text}" for text in one.quirks)]
    return "\n".join(lines)


def _cells(channel: NoticeChannel) -> tuple[str, ...]:
    steps = channel.rules.overdue_hours
    return (
        f"`{channel.id}`",
        channel.authority,
        f"[{channel.title}]({channel.homepage})",
        ", ".join(f"`{feed}`" for feed in channel.rules.feeds),
        f"{channel.interval_seconds} s",
        ", ".join(f"{hours // 24} d" if hours >= 48 else f"{hours} h" for hours in steps),
        f"{channel.silence_days:g} d",
    )
