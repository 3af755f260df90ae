"""The schedules of Canada's regulations: one form for each place in them, however a generation of the list spells it.

A schedule and its part decide the measure (in Russia's regulations Schedule 1 freezes assets, Schedules 2 and 3
restrict debt). To 2022 the list gave most parts as bare numbers, since then as `1, Part 1` or `Part 1`.
"""

import re

_BARE = re.compile(r"\d{1,2}(?:\.\d{1,2})?", re.ASCII)
_PART = re.compile(
    r"(?:(?:schedule )?(?P<schedule>\d{1,2}(?:\.\d{1,2})?) ?,? ?)?part(?:ie)? (?P<part>\d{1,2}(?:\.\d{1,2})?)",
    re.ASCII | re.IGNORECASE,
)
# The regulations that list people in several schedules, by the regime: there a bare number other than 1 is a schedule.
# All others have one schedule of people, so that the numbers of the list of 2022 are its parts: Syria's `2` of then is
# the `Part 2` of now, Iran's the `1, Part 2`.
_SEVERAL_SCHEDULES = frozenset({"RU"})
# The regulations whose schedule has no parts: that of 2022 was `1`, that of now is empty.
_UNDIVIDED = ("justice for victims",)


def canonical(published: str, regime: str) -> str | None:
    """`1, Part 2` for a part, a bare number for another schedule; other words as published. None where the regulations
    of `regime` (its country's code, else its English name in lower case) have a single schedule without parts."""
    text = published.strip()
    if _BARE.fullmatch(text):
        if regime.startswith(_UNDIVIDED):
            return None
        is_schedule = regime in _SEVERAL_SCHEDULES and text != "1"
        return text if is_schedule else f"1, Part {text}"
    found = _PART.fullmatch(text)
    return f"{found['schedule'] or '1'}, Part {found['part']}" if found else text
