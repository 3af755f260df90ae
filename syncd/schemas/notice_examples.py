"""Small invented notices in the wire form: one that nothing followed yet, the change that enacts it, and its end."""

from msgspec.structs import replace

from syncd.core.notices.notice import AnnouncedAct, NamedParty, Notice, NoticeEvent, NoticeLink

_CHANNEL = "us_ofac_actions"
_NOTICED = "2031-04-02T14:00:20.000000Z"
_LINKED = "2031-04-02T19:31:07.000000Z"
_ACT = AnnouncedAct(
    id="20310402",
    url="https://ofac.example/recent-actions/20310402",
    title="Invented-related Designations",
    published="2031-04-02",
    programmes=("INVENTED-EO99999",),
    parties=(NamedParty(action="designated", names=("CORVIN, Aldo", "THE RAVEN"), programmes=("INVENTED-EO99999",)),),
)
_NOTICE = Notice(id=f"{_CHANNEL}:20310402", channel=_CHANNEL, announcement=_ACT, noticed_at=_NOTICED)
_LINK = NoticeLink(
    feed="us_ofac_sdn",
    key="us_ofac_sdn:99001",
    sequence=41,
    commit=8,
    seen_at="2031-04-02T19:31:05.000000Z",
    action="designated",
    by="name",
    grade="certain",
    party="CORVIN, Aldo",
)


def invented_notices() -> dict[str, NoticeEvent]:
    """Return the examples by name: noticed, overdue, linked, settled, revised."""
    late = replace(_NOTICE, overdue_hours=4)
    linked = replace(late, links=(_LINK,))
    settled = replace(linked, state="settled", settled_at=_LINKED, outcome="enacted")
    first = NoticeEvent(channel=_CHANNEL, sequence=12, commit=30, type="noticed", committed_at=_NOTICED, notice=_NOTICE)
    said = {"commit": 32, "committed_at": _LINKED}
    return {
        "notice-noticed": first,
        "notice-overdue": replace(
            first,
            sequence=13,
            commit=31,
            type="overdue",
            committed_at="2031-04-02T18:00:20.000000Z",
            notice=late,
            hours=4,
        ),
        "notice-revised": replace(
            first,
            sequence=16,
            commit=33,
            type="revised",
            committed_at="2031-04-03T14:00:20.000000Z",
            notice=replace(settled, revision=2, announcement=replace(_ACT, title="Invented-related Designation")),
        ),
        "notice-linked": replace(first, sequence=14, type="linked", notice=linked, links=(_LINK,), **said),
        "notice-settled": replace(first, sequence=15, type="settled", notice=settled, **said),
    }
