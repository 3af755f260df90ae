"""Links in the pages lead somewhere: to a file of the project, and to a heading that is in it."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
FOLDERS = ("deploy", "schemas", "syncd", "tests")
PAGES = [*sorted(TOP.glob("*.md")), *sorted(path for name in FOLDERS for path in (TOP / name).rglob("*.md"))]
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^()\s]+)\)")


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as the sites that show Markdown make them; a repeated one is numbered."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.+)$", _FENCED.sub("", text), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        number = 0
        while (name := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(name)
    return found


def broken_links(page: Path) -> list[str]:
    """The relative links of a page that lead to no file of the project, or to no heading of a page."""
    found = []
    for link in _LINK.findall(_FENCED.sub("", page.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        inside = target.is_relative_to(TOP.resolve()) and target.exists()
        if not inside or (anchor and anchor not in anchors(target.read_text())):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_every_relative_link_and_anchor_resolves(page: Path) -> None:
    assert broken_links(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.TOP", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "# Here\n[a](#here) [b](#there) [c](page.md#here) [d](no.md) [e](../out.md) [f](https://x.example/)\n"
    )
    assert broken_links(page) == ["#there", "no.md", "../out.md"]


def test_anchors_are_those_of_the_sites_that_show_markdown() -> None:
    text = "# Size, upgrade, backup\n## `[kafka]`\n### SyncdDown\n```\n# none\n```\n## SyncdDown\n"
    assert anchors(text) == {"size-upgrade-backup", "kafka", "syncddown", "syncddown-1"}


def test_the_pages_link_to_each_other() -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in _LINK.findall(_FENCED.sub("", page.read_text()))
        if not re.match(r"[a-z]+:|#", link)
    }
    assert {page for page in PAGES if page.resolve() not in linked} <= {TOP / "README.md"}
