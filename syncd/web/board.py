"""The board: one row a coordination, with the authorities that acted on the target, those awaited until a deadline, and
those missing.

Made of the coordination events in their order and of the targets as they stand; pure.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from msgspec import Struct, field

from syncd.core.coordination.target import CoordinationEvent, Target, authority, feed_of
from syncd.core.model import Kind
from syncd.web.lines import NAME_CHARACTERS_MAX, WHY_CHARACTERS_MAX, clipped

ActState = Literal["acted", "awaited", "missing", "left"]
RowState = Literal["open", "completed", "gap", "diverged"]

STORY_MAX: Final = 20


class AuthorityRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One authority on one target. `acted`: it listed the target on `listed_on`, which syncd committed at
    `committed_at`. `awaited` until `deadline`; `missing` since then. `left`: it was there and is not any more."""

    authority: str
    state: ActState
    key: str = ""
    listed_on: str | None = None
    committed_at: str = ""
    deadline: str | None = None


class StoryLine(Struct, frozen=True, kw_only=True):
    """One event of the coordination: when it was committed, and its explanation in one sentence."""

    at: str
    type: str
    text: str


class BoardRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One coordination. `name` is a primary name of the target, empty while none is known."""

    coordination: str
    target: str
    state: RowState
    started_at: str
    changed_at: str
    name: str = ""
    kind: Kind = "unknown"
    alliance: str = ""
    acts: tuple[AuthorityRow, ...] = ()
    story: tuple[StoryLine, ...] = ()


class _Draft(Struct, kw_only=True):
    target: str
    started_at: str
    changed_at: str = ""
    alliance: str = ""
    completed: bool = False
    acts: dict[str, AuthorityRow] = field(default_factory=dict)
    story: list[StoryLine] = field(default_factory=list)


def rows(events: Iterable[CoordinationEvent], targets: Mapping[str, Target]) -> list[BoardRow]:
    """Return the rows: first those that need a person, then by time, the latest first. An event without a coordination
    stands in the row of its target, if it has one."""
    drafts: dict[str, _Draft] = {}
    by_target: dict[str, str] = {}
    for event in events:
        for former in event.formerly:
            if former in by_target:
                by_target.setdefault(event.target, by_target[former])
        of = event.coordination or by_target.get(event.target)
        if of is None:
            continue
        draft = drafts.setdefault(of, _Draft(target=event.target, started_at=event.committed_at))
        by_target[event.target] = of
        _take(draft, event)
    made = [_row(name, draft, targets.get(draft.target)) for name, draft in drafts.items()]
    made.sort(key=lambda row: row.changed_at, reverse=True)
    return sorted(made, key=lambda row: row.state not in ("gap", "diverged"))


def _take(draft: _Draft, event: CoordinationEvent) -> None:
    draft.target = event.target
    draft.changed_at = event.committed_at
    draft.alliance = event.alliance or draft.alliance
    line = StoryLine(at=event.committed_at, type=event.type, text=clipped(event.explanation, WHY_CHARACTERS_MAX))
    draft.story = [*draft.story, line][-STORY_MAX:]
    draft.completed |= event.type == "coordination.completed"
    for act in event.participations:
        draft.acts[act.authority] = AuthorityRow(
            authority=act.authority,
            state="acted",
            key=act.key,
            listed_on=act.listed_on,
            committed_at=act.committed_at,
        )
    overdue = event.type == "coordination.gap"
    for absent in event.missing:
        state: ActState = "missing" if overdue and event.authority in (absent, None) else "awaited"
        draft.acts[absent] = _absent(draft.acts.get(absent), absent, state, event.deadline)
    if overdue and event.authority and event.authority not in event.missing:
        draft.acts[event.authority] = AuthorityRow(authority=event.authority, state="missing", deadline=event.deadline)
    if event.type == "coordination.diverged" and event.authority:
        before = draft.acts.get(event.authority)
        draft.acts[event.authority] = AuthorityRow(
            authority=event.authority,
            state="left",
            key=before.key if before else "",
            listed_on=before.listed_on if before else None,
            committed_at=event.committed_at,
        )


def _absent(before: AuthorityRow | None, who: str, state: ActState, deadline: str | None) -> AuthorityRow:
    """Return the row of an authority that has not acted. One that was missing stays so until it acts; a deadline that
    an event does not repeat is kept."""
    if before is not None and before.state == "missing":
        state = "missing"
    return AuthorityRow(authority=who, state=state, deadline=deadline or (before.deadline if before else None))


def _row(name: str, draft: _Draft, target: Target | None) -> BoardRow:
    acts = draft.acts if target is None else _as_it_stands(draft.acts, target, name)
    shown = _shown(target)
    return BoardRow(
        coordination=name,
        target=draft.target,
        state=_state(draft, acts),
        started_at=draft.started_at,
        changed_at=draft.changed_at,
        name=shown[0],
        kind=shown[1],
        alliance=draft.alliance,
        acts=tuple(sorted(acts.values(), key=lambda act: (act.committed_at or "9", act.authority))),
        story=tuple(draft.story),
    )


def _as_it_stands(stated: Mapping[str, AuthorityRow], target: Target, coordination: str) -> dict[str, AuthorityRow]:
    """Return the acts that the events state, completed from the target itself: authorities that list it without having
    taken part, and those that are awaited."""
    acts = {name: act for name, act in stated.items() if act.state != "awaited"}
    for due in target.deadlines:
        if due.coordination == coordination and due.authority not in acts:
            acts[due.authority] = AuthorityRow(authority=due.authority, state="awaited", deadline=due.at)
    for member in target.members:
        of = authority(feed_of(member.key))
        standing = acts.get(of)
        if member.status == "listed" and (standing is None or standing.state != "acted"):
            since = member.periods[-1] if member.periods else None
            acts[of] = AuthorityRow(
                authority=of,
                state="acted",
                key=member.key,
                listed_on=since.listed_on if since else None,
                committed_at=since.since if since else "",
            )
    return acts


def _shown(target: Target | None) -> tuple[str, Kind]:
    if target is None or not target.members:
        return "", "unknown"
    founder = next((member for member in target.members if member.key == target.founder), target.members[0])
    names = founder.profile.names
    return clipped(names[0].full, NAME_CHARACTERS_MAX) if names else "", founder.profile.kind


def _state(draft: _Draft, acts: Mapping[str, AuthorityRow]) -> RowState:
    found = {act.state for act in acts.values()}
    if "left" in found:
        return "diverged"
    if "missing" in found:
        return "gap"
    return "completed" if draft.completed and "awaited" not in found else "open"
