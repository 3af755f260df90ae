"""The breakages: each a name that says what no longer holds, a file under `syncd/`, words of it and what stands there
instead, and the tests that are to catch it, under `tests/`."""

from msgspec import Struct


class Mutant(Struct, frozen=True):
    """One breakage. `old` stands exactly once in `file`."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


_JUDGING = ("core/test_admission.py", "core/test_limits.py", "core/test_held_amendments.py", "core/test_invariant.py")
_LEDGER = ("ledger/test_contract.py", "ledger/test_sqlite.py", "ledger/test_identity.py")

MUTANTS: tuple[Mutant, ...] = (
    # What may be said.
    Mutant(
        "a list cut short is taken",
        "core/admission.py",
        "if count < limits.records_min:",
        "if count < 0:",
        _JUDGING,
    ),
    Mutant(
        "a document that lost most of the list goes out",
        "core/admission.py",
        "if count < case.in_force * limits.share_min:",
        "if count < 0:",
        _JUDGING,
    ),
    Mutant(
        "removals have no limit",
        "core/admission.py",
        '    if not count:\n        return ""\n    if sort',
        '    if not count or sort == "removals":\n        return ""\n    if sort',
        _JUDGING,
    ),
    Mutant(
        "lost content is not counted",
        "core/admission.py",
        '    if not count:\n        return ""\n    if sort',
        '    if not count or sort not in ("removals", "rekeyed"):\n        return ""\n    if sort',
        _JUDGING,
    ),
    Mutant(
        "removals of the week are forgotten",
        "core/admission.py",
        "week = count + _in_seven_days(case, ALSO.get(sort, (sort,)))",
        "week = count",
        _JUDGING,
    ),
    Mutant(
        "a removal in the future counts",
        "core/admission.py",
        "if timedelta(0) <= age <= WINDOW",
        "if age <= WINDOW",
        _JUDGING,
    ),
    Mutant(
        "re-used ids are no removals",
        "core/admission.py",
        'ALSO: Mapping[str, tuple[str, ...]] = {"removals": ("removals", REUSED)}',
        "ALSO: Mapping[str, tuple[str, ...]] = {}",
        _JUDGING,
    ),
    Mutant(
        "a re-used id is an amendment",
        "core/losses.py",
        "if may_be_reused and alike and (",
        "if False and alike and (",
        _JUDGING,
    ),
    Mutant(
        "entries without an id cast no doubt on removals",
        "core/admission.py",
        "unnamed = sum(1 for entry in case.document.quarantined if entry.key is None)",
        "unnamed = 0",
        _JUDGING,
    ),
    Mutant(
        "what vanishes by our own new parser is delisted",
        "core/admission.py",
        '    if case.cause == "reparse":\n        return f"{count} records vanish',
        '    if case.cause == "never":\n        return f"{count} records vanish',
        ("core", "intake/test_publications.py"),
    ),
    Mutant(
        "a list that two servers give in turn flaps",
        "core/admission.py",
        "again = removals.newly & _returned(case)",
        "again: frozenset[str] = frozenset()",
        _JUDGING,
    ),
    Mutant(
        "a quarantined entry is absent",
        "core/admission.py",
        "absent = in_force - document.entries.keys() - set(kept)",
        "absent = in_force - document.entries.keys()",
        _JUDGING,
    ),
    Mutant(
        "a release of one hold lets all go",
        "core/holds.py",
        "        if hold.id in released:\n",
        "        if released:\n",
        _JUDGING,
    ),
    Mutant(
        "a hold that changed keeps its id",
        "core/holds.py",
        "    if identity == hold.id:\n        return hold\n",
        "    if identity:\n        return replace(hold, keys=keys)\n",
        _JUDGING,
    ),
    Mutant(
        "a held amendment takes away all the same",
        "core/plan.py",
        "after = content.with_lost(before, after) if key in judgement.withheld else after",
        "after = after if key in judgement.withheld else after",
        _JUDGING,
    ),
    Mutant(
        "a relation to a held record is lost",
        "core/plan.py",
        "    if not held:\n        return after\n    present",
        "    if held or not held:\n        return after\n    present",
        ("core",),
    ),
    Mutant(
        "the other vocabulary overwrites the preferred one",
        "core/plan.py",
        "return document.note.vocabulary not in (stored.vocabulary, context.preferred)",
        "return False",
        ("core", "intake/test_sources.py"),
    ),
    # What is said of it.
    Mutant(
        "a record that comes back is new",
        "core/plan.py",
        '"relisted" if stub else "designated"',
        '"designated"',
        ("core",),
    ),
    Mutant(
        "the sequence is not part of the id",
        "core/events.py",
        'return content_id(feed, str(sequence), key, kind, before or "", after or "")',
        'return content_id(feed, key, kind, before or "", after or "")',
        ("core", "intake/test_publications.py", "schemas"),
    ),
    Mutant(
        "commits may go back in time",
        "core/commit.py",
        "at = max(times.iso(context.now), plan.state.committed_at)",
        "at = times.iso(context.now)",
        ("core", "intake/test_wrong_times.py"),
    ),
    Mutant(
        "the order of a list's values counts",
        "core/canonical.py",
        '    lines = "".join([f"{key} {digests[key]}\\n" for key in sorted(digests)])',
        '    lines = "".join([f"{key} {digests[key]}\\n" for key in digests])',
        ("core", "schemas"),
    ),
    Mutant(
        "letter case is a material change",
        "core/content.py",
        "return frozenset({canonical.text(name.full).casefold()})",
        "return frozenset({canonical.text(name.full)})",
        ("core",),
    ),
    Mutant(
        "a date of effect in the far future hides a record",
        "core/in_force.py",
        "if effective and ahead is not None and ahead <= EFFECT_AHEAD_DAYS_MAX:",
        "if effective:",
        ("core/test_in_force.py",),
    ),
    Mutant(
        "a held removal ends the record",
        "core/in_force.py",
        "self._leave(change.key, self._held_until.get((change.key, change.commit), published))",
        "self._leave(change.key, published)",
        ("core/test_in_force.py",),
    ),
    # When a document counts.
    Mutant(
        "a wrong clock of the publisher freezes the list",
        "core/times.py",
        "if at is None or at < PUBLISHED_FROM or (limit is not None and at.date() - limit.date() > AHEAD):",
        "if at is None:",
        ("core", "intake/test_wrong_times.py", "intake/test_absurd_dates.py"),
    ),
    Mutant(
        "staleness ends never",
        "intake/freshness.py",
        "return self.since is not None and now - self.since < (ALONE_FOR if self._alone else STALE_FOR)",
        "return self.since is not None",
        ("intake/test_freshness.py", "intake/test_publications.py"),
    ),
    Mutant(
        "staleness by bytes: another document begins the hour anew",
        "intake/freshness.py",
        "        if self.since is None or now < self.since:\n            self.since,",
        "        if self.since is None or now < self.since or sha256 != self._latest:\n            self.since,",
        ("intake/test_freshness.py",),
    ),
    Mutant(
        "an older document is taken for the newest",
        "intake/freshness.py",
        "    return published[:exact] < current[:exact]",
        "    return False",
        ("intake",),
    ),
    Mutant(
        "a gate that promises is asked for ever",
        "intake/freshness.py",
        "settled = now - self._since >= ANNOUNCED_FOR",
        "settled = False",
        ("intake/test_freshness.py", "intake/test_gates.py"),
    ),
    Mutant(
        "the commit does not wait for the archive",
        "intake/pipeline.py",
        "if not await self._archived(document.note.sha256, path):",
        "if False and not await self._archived(document.note.sha256, path):",
        ("intake", "archive"),
    ),
    Mutant(
        "the decision is not committed with its effect",
        "intake/pipeline.py",
        "commit = replace(commit, rows=(*commit.rows, row))",
        "commit = replace(commit, rows=commit.rows)",
        ("intake/test_signals.py",),
    ),
    Mutant(
        "a newer state is written on by an older version",
        "intake/pipeline.py",
        "if state.parser_version > feed.parser_version:",
        "if False:",
        ("intake/test_publications.py",),
    ),
    # What is written.
    Mutant(
        "the fence is skipped",
        "ledger/sqlite/rows.py",
        "    if row is None or row[0] != epoch:",
        "    if row is None:",
        _LEDGER,
    ),
    Mutant(
        "a replaced file is written on",
        "ledger/sqlite/rows.py",
        "    if state(connection, last.feed) != last:",
        "    if False:",
        _LEDGER,
    ),
    Mutant(
        "the state is written and the records are not",
        "ledger/sqlite/rows.py",
        "for key, stored in commit.records.items()))\n        connection.executemany(ADD_PUBLICATION",
        "for key, stored in ()))\n        connection.executemany(ADD_PUBLICATION",
        _LEDGER,
    ),
    Mutant(
        "a transaction that fails stays half written",
        "ledger/sqlite/schema.py",
        '    connection.execute(f"BEGIN {kind}")\n    try:',
        "    try:",
        (*_LEDGER, "ledger/test_kill.py"),
    ),
    Mutant(
        "the outcome of a commit is not proven",
        "ledger/checks.py",
        "    wrong = mismatch(after, {**restored, **commit.records})\n    if wrong:",
        "    wrong = mismatch(after, {**restored, **commit.records})\n    if False:",
        _LEDGER,
    ),
    Mutant(
        "sequences may have holes",
        "ledger/checks.py",
        '"sequence": (change.sequence, before.sequence + place),',
        '"sequence": (change.sequence, change.sequence),',
        _LEDGER,
    ),
    Mutant(
        "a reader passes over what is missing",
        "ledger/checks.py",
        "    if sequence != last + 1:",
        "    if sequence < last:",
        _LEDGER,
    ),
    Mutant(
        "what was restored is not compared with its digest",
        "ledger/checks.py",
        "    wrong = mismatch(state, records)\n    if wrong:",
        "    wrong = mismatch(state, records)\n    if False:",
        _LEDGER,
    ),
    Mutant(
        "the log accepts a commit that was not written",
        "ledger/sqlite/log.py",
        "            if writing.exception() is None:\n",
        "            if True:\n",
        _LEDGER,
    ),
    # What is said of several lists.
    Mutant(
        "coordination forgets its window",
        "core/coordination/participation.py",
        "return one.authority != other.authority and apart is not None and abs(apart) <= window_days",
        "return one.authority != other.authority",
        ("core",),
    ),
    Mutant(
        "one authority coordinates with itself",
        "core/coordination/participation.py",
        "return (group for group in groups if len({one.authority for one in group}) > 1)",
        "return (group for group in groups)",
        ("core",),
    ),
    Mutant(
        "a person's word about a link is forgotten",
        "core/coordination/membership.py",
        "        self.bonds.decide(decision)\n",
        "",
        ("core",),
    ),
    # Where it is asked, and whom it is told.
    Mutant(
        "a redirect may lead into the bank",
        "fetch/resolution.py",
        "inside = [address for address in found if not _is_public(address)]",
        "inside: list[str] = []",
        ("fetch/test_destinations.py",),
    ),
    Mutant(
        "a signed address is shown",
        "fetch/addresses.py",
        'whole = urlunsplit((parts.scheme, _host_and_port(parts), parts.path, "", ""))\n    return whole if',
        'whole = urlunsplit((parts.scheme, _host_and_port(parts), parts.path, parts.query, ""))\n    return whole if',
        ("fetch",),
    ),
    Mutant(
        "a webhook's failed event is left out",
        "workers/webhooks.py",
        "            if not why:\n",
        "            if True:\n",
        ("workers/test_webhooks.py",),
    ),
    Mutant(
        "a webhook's position is noted before the receiver has it",
        "workers/webhooks.py",
        "                body = change_body(change",
        "                self._position[change.feed] = change.sequence + 1\n                body = change_body(change",
        ("workers/test_webhooks.py",),
    ),
    Mutant(
        "the body is not signed",
        "workers/webhook_request.py",
        'content = b".".join((event_id.encode(), str(at).encode(), body))',
        'content = b".".join((event_id.encode(), str(at).encode()))',
        ("workers/test_webhooks.py",),
    ),
)
