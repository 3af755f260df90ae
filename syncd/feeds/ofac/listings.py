"""OFAC's features that describe a party's listings → the listings.

A directive under an executive order has dates of its own beside those of the list's entry: a bank that fell under
Directive 3 in February and was blocked in June stands on the list with both measures and the date of June. A directive
whose dates are no listing's gets a listing of its own.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from syncd.core.model import Listing
from syncd.feeds.ofac import terms
from syncd.feeds.ofac.features import Lists
from syncd.formats.fields import Reading, unique


def with_features(listings: Iterable[Listing], lists: Lists, reading: Reading) -> tuple[Listing, ...]:
    """The listings with programmes, secondary sanctions, schedules and dates that the features state.

    `lists` loses the values that were put here. What belongs to no listing goes to `other`.
    """
    found = list(unique(listings))
    secondary = unique(sorted(lists.pop("listings.secondary_sanctions", ())))
    programmes = lists.pop("listings.programmes", ())
    found = [
        replace(one, secondary_sanctions=secondary, programmes=unique([*one.programmes, *programmes]))
        if secondary or programmes
        else one
        for one in found
    ]
    named = unique(sorted(lists.pop("listings.directives", ())))
    found = [_with_schedule(one, named) for one in found]
    for directive in named:
        if not any(directive in (one.schedule or "").split("; ") for one in found):
            reading.keep("Directive", directive)
    return unique(_with_dates(found, lists.pop("listings.dates", ()), reading))


def _with_schedule(listing: Listing, directives: Iterable[str]) -> Listing:
    """The listing with those of the directives that its measures impose."""
    imposed = [one for one in directives if any(_imposes(measure, one) for measure in listing.measures)]
    return replace(listing, schedule="; ".join(imposed)) if imposed else listing


def _imposes(measure: str, directive: str) -> bool:
    """Whether `13662 Sectoral Directive 1` or `Executive Order 14024 Directive 3` is the directive."""
    measured, named = terms.DIRECTIVE_NAME.search(measure), terms.DIRECTIVE_NAME.search(directive)
    return measured is not None and named is not None and measured.groups() == named.groups()


def _with_dates(
    listings: list[Listing], dates: Iterable[tuple[str, str, str, str]], reading: Reading
) -> Iterable[Listing]:
    acts: dict[str, dict[str, tuple[str, str]]] = {}
    for act, field, day, label in sorted(dates):
        if field in acts.setdefault(act, {}):
            reading.keep(label, day)
        else:
            acts[act][field] = (day, label)
    for act in sorted(acts):
        listings = _dated(listings, act, acts[act], reading)
    return listings


def _dated(listings: list[Listing], act: str, stated: dict[str, tuple[str, str]], reading: Reading) -> list[Listing]:
    """The listings with the dates of one act: on those of its own day, else in a listing of its own."""
    days = {field: day for field, (day, _) in stated.items()}
    imposed = [one for one in listings if act in _words(one) or any(_imposes(measure, act) for measure in one.measures)]
    own = [one for one in imposed if one.listed_on == days.get("listed_on") and one.listed_on is not None]
    if own and len({measure for one in own for measure in one.measures}) == 1:
        return [replace(one, effective_on=days.get("effective_on")) if one in own else one for one in listings]
    measure = next((text for one in imposed for text in sorted(one.measures) if _imposes(text, act)), None)
    if measure is None:
        for day, label in stated.values():
            reading.keep(label, day)
        return listings
    name = terms.DIRECTIVE_NAME.search(act)
    schedule = f"Executive Order {name['order']} Directive {name['directive']}" if name else act
    # A directive blocks nobody: it is imposed on the list of parties that are not blocked, whatever came later.
    lists = sorted(one.list for one in own if one.list != terms.CONSOLIDATED)
    on = lists[0] if lists else terms.CONSOLIDATED
    own_listing = Listing(
        list=on,
        measures=(measure,),
        schedule=schedule,
        listed_on=days.get("listed_on"),
        effective_on=days.get("effective_on"),
    )
    return [*listings, own_listing]


def _words(listing: Listing) -> list[str]:
    return listing.list.split()
