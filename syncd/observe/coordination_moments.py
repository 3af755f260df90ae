"""Moments of the coordinator, which links the lists; `moments` has the others."""

from syncd.observe.moment import Fault, FeedMoment, Level, Moment


class CoordinatorStarted(Moment, frozen=True, kw_only=True):
    """The coordination is open for writing; `commit` and `targets` were restored, and all links were made anew."""

    event = "coordinator_started"
    says = "coordination: open at commit {commit}, {targets} targets, restored in {seconds:.2f} s"

    commit: int
    targets: int
    seconds: float


class Coordinated(Moment, frozen=True, kw_only=True):
    """A coordination commit stands in the ledger. It follows from `changes` committed changes, or from a deadline that
    passed. `events` counts its events by type; `targets` is the number of all targets."""

    event = "coordinated"
    says = "coordination: {changes} changes taken, {counts}; {targets} targets"

    changes: int
    events: dict[str, int]
    targets: int
    sequence: int
    seconds: float

    def severity(self) -> Level:
        """Return `info` when there are events, else `debug`."""
        return "info" if self.events else "debug"

    def sentence(self) -> str:
        """Return the counts of the events in one line."""
        counts = ", ".join(f"{count} {kind}" for kind, count in self.events.items()) or "nothing to say"
        return self.says.format(counts=counts, **self.fields())


class CoordinatorFailed(Moment, frozen=True, kw_only=True):
    """A coordination commit failed; its work is done again. The feeds go on."""

    event = "coordinator_failed"
    level = "error"
    says = "coordination failed ({fault}, {failures} in a row), again in {retry_seconds:.0f} s: {why}"

    fault: Fault
    why: str
    failures: int
    retry_seconds: float


class ChangePassedOver(FeedMoment, frozen=True, kw_only=True):
    """The coordinator could not take a change as it was committed, and took a reduced form of it (`why`)."""

    event = "change_passed_over"
    level = "error"
    says = "{feed}: coordination could not take {key} as it was changed, and took it {why}"

    key: str
    why: str


class CoordinatorStopped(Moment, frozen=True, kw_only=True):
    """The coordinator has stopped until a person acts. The feeds go on."""

    event = "coordinator_stopped"
    level = "error"
    says = "coordination stopped: {why}"

    why: str
