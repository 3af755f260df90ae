"""Moments of the coordinator, which links the lists; beside `moments`, of which these are."""

from syncd.observe.moment import Fault, FeedMoment, Level, Moment


class CoordinatorStarted(Moment, frozen=True, kw_only=True):
    """The coordination is open for writing; `commit` and `targets` were restored, and all links made anew."""

    event = "coordinator_started"
    says = "coordination: open at commit {commit}, {targets} targets, restored in {seconds:.2f} s"

    commit: int
    targets: int
    seconds: float


class Coordinated(Moment, frozen=True, kw_only=True):
    """What followed from `changes` committed changes, or from the time, stands in the ledger. `events` counts what was
    said by type; `targets` are all that there are now."""

    event = "coordinated"
    says = "coordination: {changes} changes taken, {counts}; {targets} targets"

    changes: int
    events: dict[str, int]
    targets: int
    sequence: int
    seconds: float

    def severity(self) -> Level:
        return "info" if self.events else "debug"

    def sentence(self) -> str:
        counts = ", ".join(f"{count} {kind}" for kind, count in self.events.items()) or "nothing to say"
        return self.says.format(counts=counts, **self.fields())


class CoordinatorFailed(Moment, frozen=True, kw_only=True):
    """What was not committed is lost and done again. The feeds go on."""

    event = "coordinator_failed"
    level = "error"
    says = "coordination failed ({fault}, {failures} in a row), again in {retry_seconds:.0f} s: {why}"

    fault: Fault
    why: str
    failures: int
    retry_seconds: float


class ChangePassedOver(FeedMoment, frozen=True, kw_only=True):
    event = "change_passed_over"
    level = "error"
    says = "{feed}: coordination could not take {key} as it was changed, and took it {why}"

    key: str
    why: str


class CoordinatorStopped(Moment, frozen=True, kw_only=True):
    """Nothing is coordinated any more until somebody acts. The feeds go on."""

    event = "coordinator_stopped"
    level = "error"
    says = "coordination stopped: {why}"

    why: str
