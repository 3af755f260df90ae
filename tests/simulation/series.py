"""What was sampled while something ran: whether it stays as it is, a table of it, and a plot."""

import statistics
from collections.abc import Sequence
from html import escape
from itertools import combinations
from typing import NamedTuple

# Of the samples, what is warming up: baselines, linking, caches that fill.
WARMING_SHARE = 0.25
WIDTH, HEIGHT, MARGIN = 900, 110, 60


class Series(NamedTuple):
    """One quantity over time: (seconds, value) pairs. It is flat when it grows by no more than `most` an hour."""

    name: str
    unit: str
    most: float
    samples: Sequence[tuple[float, float]]

    @property
    def settled(self) -> Sequence[tuple[float, float]]:
        """The samples after the time of warming up."""
        if not self.samples:
            return ()
        since = self.samples[0][0] + WARMING_SHARE * (self.samples[-1][0] - self.samples[0][0])
        return [sample for sample in self.samples if sample[0] >= since]

    @property
    def growth(self) -> float:
        """By how much it grows in an hour: the median of the slopes between any two samples (Theil and Sen), which a
        few odd ones do not move."""
        slopes = [(later - value) / (at - since) for (since, value), (at, later) in combinations(self.settled, 2)]
        return statistics.median(slopes) * 3600 if slopes else 0.0

    @property
    def is_flat(self) -> bool:
        """Whether it stays as it is."""
        return self.growth <= self.most


def table(all_of: Sequence[Series]) -> str:
    """Return a table of all series, in Markdown."""
    lines = ["| what | first | median | last | most | growth an hour | flat up to | verdict |", "|---" * 8 + "|"]
    for series in all_of:
        values = [value for _, value in series.settled]
        if not values:
            lines.append(f"| {series.name} | | | | | | | not measured |")
            continue
        shown = [values[0], statistics.median(values), values[-1], max(values), series.growth, series.most]
        cells = " | ".join(f"{value:,.2f}" if abs(value) < 10 else f"{value:,.0f}" for value in shown)
        lines.append(f"| {series.name}, {series.unit} | {cells} | {'flat' if series.is_flat else 'not flat'} |")
    return "\n".join(lines)


def plot(all_of: Sequence[Series], title: str) -> str:
    """Return an SVG with a line for each series, one below the other."""
    parts = [f'<text x="{MARGIN}" y="20" font-weight="bold">{escape(title)}</text>']
    for number, series in enumerate(all_of):
        parts.append(f'<g transform="translate(0 {30 + number * (HEIGHT + 40)})">{_line(series)}</g>')
    height = 40 + len(all_of) * (HEIGHT + 40)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 2 * MARGIN}" height="{height}" '
        f'font-family="sans-serif" font-size="12">{"".join(parts)}</svg>\n'
    )


def _line(series: Series) -> str:
    if not series.samples:
        return f'<text x="{MARGIN}" y="20">{escape(series.name)}: not measured</text>'
    began, ended = series.samples[0][0], series.samples[-1][0]
    top = max(value for _, value in series.samples) * 1.1 or 1.0
    points = " ".join(
        f"{MARGIN + (at - began) / ((ended - began) or 1) * WIDTH:.1f},{HEIGHT + 10 - value / top * HEIGHT:.1f}"
        for at, value in series.samples
    )
    said = f"{series.name}, {series.unit}: {series.growth:+,.2f} an hour, {'flat' if series.is_flat else 'not flat'}"
    settled = MARGIN + WARMING_SHARE * WIDTH
    return (
        f'<text x="{MARGIN}" y="8">{escape(said)}</text>'
        f'<rect x="{MARGIN}" y="10" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#ccc"/>'
        f'<line x1="{settled}" x2="{settled}" y1="10" y2="{HEIGHT + 10}" stroke="#ccc" stroke-dasharray="4"/>'
        f'<text x="{MARGIN - 4}" y="20" text-anchor="end">{top:,.0f}</text>'
        f'<text x="{MARGIN - 4}" y="{HEIGHT + 10}" text-anchor="end">0</text>'
        f'<polyline points="{points}" fill="none" stroke="#0b62a4" stroke-width="1.5"/>'
        f'<text x="{MARGIN + WIDTH}" y="{HEIGHT + 24}" text-anchor="end">{(ended - began) / 60:.0f} min</text>'
    )
