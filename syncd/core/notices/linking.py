"""Which changes of lists enact an announcement. Pure, and the same in whichever order the two are seen.

In this order, the first that holds: the number of the act; an id that the authority gives the entry; a name, in any of
the forms on both sides, with the same action; and, only for an announcement that names nobody and nothing, the
programme and the day, which never settles anything. A name is `certain` within two days, and `likely` within what the
channel states: the EU's list follows the act after a median of six days. Act numbers of the EU's list show what was
added or amended, never what was removed: removals are linked by name.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from syncd.core.notices.acts import folded_title
from syncd.core.notices.enactments import Enactment, folded_word, id_form, name_forms
from syncd.core.notices.notice import AnnouncedAct, Grade, LinkedBy, NamedParty, Notice, NoticeLink
from syncd.core.times import moment

CERTAIN_WITHIN = timedelta(days=2)


class Marks(Struct, frozen=True, kw_only=True):
    """An announcement in the forms in which it is compared. `parties` has each party with its names and ids."""

    acts: frozenset[str]
    ids: frozenset[str]
    parties: tuple[tuple[NamedParty, frozenset[str], frozenset[str]], ...]
    programmes: frozenset[str]
    is_nameless: bool


def marks_of(announcement: AnnouncedAct) -> Marks:
    """Return the marks by which `announcement` is known in a list."""
    stated = (announcement.act, *announcement.also)
    parties = tuple(
        (party, name_forms(party.names), frozenset(map(id_form, party.references))) for party in announcement.parties
    )
    programmes = (*announcement.programmes, *(one for party in announcement.parties for one in party.programmes))
    return Marks(
        acts=frozenset(form for act in stated if act for form in (act, folded_title(act))),
        ids=frozenset(map(id_form, announcement.references)),
        parties=parties,
        programmes=frozenset(map(folded_word, programmes)),
        is_nameless=not announcement.parties and not announcement.references,
    )


class MarkIndex:
    """Which notices bear a mark, so that a change is compared with those alone that it may enact."""

    def __init__(self) -> None:
        self._marks: dict[str, Marks] = {}
        self._bearing: dict[tuple[str, str], set[str]] = {}

    def put(self, name: str, announcement: AnnouncedAct) -> None:
        """Take the notice `name` with the marks of its announcement, in the place of those before."""
        self.drop(name)
        self._marks[name] = marks_of(announcement)
        for mark in _all_marks(self._marks[name]):
            self._bearing.setdefault(mark, set()).add(name)

    def drop(self, name: str) -> None:
        """Forget the notice `name`."""
        marks = self._marks.pop(name, None)
        for mark in _all_marks(marks) if marks else ():
            self._bearing[mark].discard(name)
            if not self._bearing[mark]:
                del self._bearing[mark]

    def marks(self, name: str) -> Marks:
        """Return the marks of the notice `name`. Raises KeyError."""
        return self._marks[name]

    def bearing(self, found: Enactment) -> list[str]:
        """Return the notices that share a mark with `found`, in order."""
        marks = [("act", one) for one in found.acts] + [("id", one) for one in found.ids]
        marks += [("name", one) for one in found.names] + [("programme", one) for one in found.programmes]
        return sorted({name for mark in marks for name in self._bearing.get(mark, ())})


def _all_marks(marks: Marks) -> set[tuple[str, str]]:
    ids = marks.ids.union(*(ids for _, _, ids in marks.parties))
    names: frozenset[str] = frozenset().union(*(names for _, names, _ in marks.parties))
    found = {("act", one) for one in marks.acts} | {("id", one) for one in ids} | {("name", one) for one in names}
    return found | ({("programme", one) for one in marks.programmes} if marks.is_nameless else set())


def link_of(notice: Notice, marks: Marks, found: Enactment, names_days: int) -> NoticeLink | None:
    """Return the link between a notice and a change of a list that may enact it; None when there is none. `names_days`
    is how long after the announcement a name alone still links."""
    party = _party(marks, found)
    if marks.acts & found.acts:
        return _link(found, "act_number", "certain", party)
    if found.ids & marks.ids or (party is not None and _by_id(marks, party, found)):
        return _link(found, "id", "certain", party)
    apart = _apart(notice, found)
    if party is not None and apart <= timedelta(days=names_days):
        return _link(found, "name", "certain" if apart <= CERTAIN_WITHIN else "likely", party)
    action = notice.announcement.action
    is_alike = marks.is_nameless and marks.programmes & found.programmes and action in (None, found.action)
    if is_alike and apart <= CERTAIN_WITHIN:
        return _link(found, "programme_and_date", "possible", None)
    return None


def _party(marks: Marks, found: Enactment) -> NamedParty | None:
    """The party that the change is about: by id before by name, with the same action."""
    alike = [one for one in marks.parties if one[0].action == found.action]
    by_id = (party for party, _, ids in alike if ids & found.ids)
    by_name = (party for party, names, _ in alike if names & found.names)
    return next(by_id, None) or next(by_name, None)


def _by_id(marks: Marks, party: NamedParty, found: Enactment) -> bool:
    return any(ids & found.ids for one, _, ids in marks.parties if one is party)


def _link(found: Enactment, by: LinkedBy, grade: Grade, party: NamedParty | None) -> NoticeLink:
    return NoticeLink(
        feed=found.feed,
        key=found.key,
        sequence=found.sequence,
        commit=found.commit,
        seen_at=found.seen_at,
        action=found.action,
        by=by,
        grade=grade,
        party=party.names[0] if party else None,
    )


def _apart(notice: Notice, found: Enactment) -> timedelta:
    """How far the change lies from the announcement: from its own date, or from when it was noticed, whichever is
    nearer. A date alone is the whole day."""
    seen = moment(found.seen_at)
    if seen is None:
        return timedelta.max
    times = [_span(text) for text in (notice.noticed_at, notice.announcement.published)]
    return min((_distance(seen, *span) for span in times if span), default=timedelta.max)


def _span(text: str | None) -> tuple[datetime, datetime] | None:
    begin = moment(text)
    if begin is None:
        return None
    return (begin, begin + timedelta(days=1)) if len(text or "") == len("2026-01-31") else (begin, begin)


def _distance(at: datetime, begin: datetime, end: datetime) -> timedelta:
    if begin <= at <= end:
        return timedelta(0)
    return begin - at if at < begin else at - end


def is_enacted(notice: Notice) -> bool:
    """Whether everything that a notice announces has been seen in a list.

    An act's number in the list shows all that the act adds or amends. What it takes away, and whom an announcement
    without a number names, must be linked one by one; amendments only where nothing else is announced, since a list may
    show them in fields that no record has. Of a page with more names than a notice has room for, the first count.
    """
    announcement = notice.announcement
    links = [link for link in notice.links if link.grade != "possible"]
    if not links:
        return False
    linked = {id_form(link.key.partition(":")[2]) for link in links if link.by == "id"}
    if any(id_form(reference) not in linked for reference in announcement.references):
        return _is_by_act(notice)
    named = [party for party in announcement.parties if not party.administrative]
    needed = [party for party in named if party.action != "amended"] or named
    return all(_is_covered(party, links) for party in needed)


def _is_by_act(notice: Notice) -> bool:
    return any(link.by == "act_number" for link in notice.links)


def _is_covered(party: NamedParty, links: list[NoticeLink]) -> bool:
    by_act = party.action != "delisted" and any(link.by == "act_number" and link.action != "delisted" for link in links)
    return by_act or any(link.party == party.names[0] for link in links)
