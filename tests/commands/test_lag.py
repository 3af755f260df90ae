"""The lags of a ledger's own notices."""

from collections.abc import AsyncIterator

from syncd.commands.lag import ChannelLag, DaySpread, Spread, measured_lags
from syncd.core.notices.notice import NoticeEvent
from tests.notices.invented import CHANNEL, LIST, Told, act, after, change, party, record


async def _each(events: list[NoticeEvent]) -> AsyncIterator[NoticeEvent]:
    for event in events:
        yield event


async def test_the_lag_is_from_act_to_list_and_from_notice_to_commit() -> None:
    told = Told()
    for number, hours in enumerate((1, 2, 3, 40), 1):
        name = "ABCD"[number - 1] * 3
        told.shows(after(0), act(f"2029031{number}", party(name), published="2029-03-12T13:00:00Z"))
        seen = change(number, "designated", None, record(f"{LIST}:{number}", name), after(hours))
        told.takes(after(hours), seen)
    told.shows(after(41), act("20290319", party("NOBODY")))
    (lag,) = await measured_lags(_each(told.events))
    assert lag == ChannelLag(
        channel=CHANNEL,
        noticed=5,
        enacted=4,
        open=1,
        act_to_list=Spread(count=4, median_seconds=3 * 3600, p90_seconds=41 * 3600, longest_seconds=41 * 3600),
        list_to_commit=Spread(count=4, median_seconds=0, p90_seconds=0, longest_seconds=0),
        notice_to_commit=Spread(count=4, median_seconds=2 * 3600, p90_seconds=40 * 3600, longest_seconds=40 * 3600),
    )


async def test_of_no_notices_there_are_no_lags() -> None:
    assert await measured_lags(_each([])) == []


async def test_an_act_that_states_a_day_has_a_lag_in_days() -> None:
    """Its hour is not known: half a day of it may lie before midnight or after."""
    told = Told()
    stated = {"AAA": "2029-03-12", "BBB": "2029-03-11", "CCC": "2029-03-12T13:00:00Z", "DDD": "2029-03-14"}
    for number, (name, published) in enumerate(stated.items(), 1):
        told.shows(after(0), act(f"2029031{number}", party(name), published=published))
        told.takes(after(11), change(number, "designated", None, record(f"{LIST}:{number}", name), after(11)))
    (lag,) = await measured_lags(_each(told.events))
    assert lag.act_to_list_days == DaySpread(count=3, median_days=1, p90_days=2, longest_days=2)
    assert lag.act_to_list == Spread(count=1, median_seconds=43200, p90_seconds=43200, longest_seconds=43200)


async def test_nine_in_ten_of_ten_are_nine() -> None:
    told = Told()
    for number in range(1, 11):
        name = f"Name {number}"
        told.shows(after(0), act(f"n{number}", party(name), published="2029-03-12T14:00:00Z"))
        told.takes(after(number), change(number, "designated", None, record(f"{LIST}:{number}", name), after(number)))
    (lag,) = await measured_lags(_each(told.events))
    assert lag.act_to_list is not None
    assert (lag.act_to_list.p90_seconds, lag.act_to_list.longest_seconds) == (9 * 3600, 10 * 3600)
