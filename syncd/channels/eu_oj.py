"""The Official Journal of the EU, by CELLAR: acts that amend or implement a framework of restrictive measures.

EU law binds from the Official Journal, and the file of financial sanctions follows after a median of six days. All acts
of one day on one framework (a regulation, the decision beside it) are one announcement. Its text names whom it adds,
replaces or deletes, in the tables of its annexes. The RSS of EUR-Lex has stood still for months: it is a tripwire.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

import msgspec
from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from syncd.channels.contract import (
    ITEMS_MAX,
    PAGE_BYTES_MAX,
    AnnouncedAct,
    ChannelIndex,
    ItemPage,
    NoticeChannel,
    Question,
)
from syncd.core import canonical
from syncd.core.notices.acts import celex_of
from syncd.core.notices.board import ChannelRules
from syncd.core.notices.notice import Action, Expectation, NamedParty
from syncd.errors import DocumentRefused
from syncd.formats.json import UNDECODABLE
from syncd.formats.pages import page_words, parsed_page
from syncd.formats.rss import rss_items
from syncd.normalise.names import scripts_apart

SPARQL = "https://publications.europa.eu/webapi/rdf/sparql"
TEXT = "http://publications.europa.eu/resource/celex/"
READ_HERE = "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:"
RSS = "https://eur-lex.europa.eu/EN/display-feed.rss?rssId=222"
SINCE = timedelta(days=45)
ACTS_MAX = 500

# Regulation → the decision beside it.
FRAMEWORKS: Mapping[str, str] = {
    "32001R2580": "32001E0931",
    "32002R0881": "32016D1693",
    "32004R0314": "32011D0101",
    "32005R1183": "32010D0788",
    "32006R0765": "32012D0642",
    "32009R1284": "32010D0638",
    "32010R0356": "32010D0231",
    "32011R0101": "32011D0072",
    "32011R0359": "32011D0235",
    "32011R0753": "32011D0486",
    "32012R0036": "32013D0255",
    "32012R0267": "32010D0413",
    "32012R0377": "32012D0285",
    "32013R0401": "32013D0184",
    "32014R0208": "32014D0119",
    "32014R0224": "32013D0798",
    "32014R0269": "32014D0145",
    "32014R0692": "32014D0386",
    "32014R0747": "32014D0450",
    "32014R0833": "32014D0512",
    "32014R1352": "32014D0932",
    "32015R0735": "32015D0740",
    "32015R1755": "32015D1763",
    "32016R0044": "32015D1333",
    "32016R1686": "32016D1693",
    "32017R1509": "32016D0849",
    "32017R1770": "32017D1775",
    "32017R2063": "32017D2074",
    "32018R1542": "32018D1544",
    "32019R0796": "32019D0797",
    "32019R1716": "32019D1720",
    "32019R1890": "32019D1894",
    "32020R1998": "32020D1999",
    "32021R1275": "32021D1277",
    "32022R0263": "32022D0266",
    "32022R2309": "32022D2319",
    "32023R0888": "32023D0891",
    "32023R1529": "32023D1532",
    "32023R2147": "32023D2135",
    "32023R2406": "32023D2287",
    "32024R0287": "32024D0254",
    "32024R0386": "32024D0385",
    "32024R1485": "32024D1484",
    "32024R2642": "32024D2643",
}
# Their annexes name goods, banks and ships that are under other measures than a freeze: the file has none of them.
NEVER_IN_THE_FILE = frozenset({"32014R0692", "32014R0833", "32022R0263"})
_REGULATION_OF = {decision: regulation for regulation, decision in FRAMEWORKS.items()}

ACTIONS: tuple[tuple[re.Pattern[str], Action], ...] = (
    (re.compile(r"\b(?:added|inserted)\b", re.IGNORECASE), "designated"),
    (re.compile(r"\b(?:deleted|removed)\b", re.IGNORECASE), "delisted"),
    (re.compile(r"\breplaced\b", re.IGNORECASE), "amended"),
)
_CELEX = re.compile(r"3\d{4}[RDE]\d{4,5}(?!\d)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_OF_DAY = re.compile(r" of (\d{1,2} [A-Z][a-z]{2,8} \d{4}) ")
_NUMBERED = re.compile(r"(?:No )?\d{1,4}/\d{1,5}(?:/(?:CFSP|EC|EU))?")
_AKA = re.compile(r"\(?\b(?:a\.k\.a\.|aka|alias(?:es)?|also known as|formerly)[: ]\s*", re.IGNORECASE)
_PARTED = re.compile(r"[;,]\s")
CELL_CHARACTERS_MAX = 2000
DAY_CHARACTERS = len("2026-01-31")
TABLES_KEPT = 16


class _Value(Struct):
    value: str


class _Row(Struct):
    celex: _Value
    date: _Value
    framework: _Value
    title: _Value | None = None


class _Rows(Struct):
    bindings: list[_Row]


class _SparqlAnswer(Struct):
    results: _Rows


class Act(Struct, frozen=True, kw_only=True):
    """One act: its CELEX number, the day of the document, its title, the regulation of its framework."""

    celex: str
    day: str
    title: str
    framework: str


_answer = msgspec.json.Decoder(_SparqlAnswer)


def acts_question(today: date) -> Question:
    """Return the query for all acts on the frameworks within the last 45 days."""
    since = max(today, date.min + SINCE) - SINCE
    frameworks = " ".join(f'"{one}"' for pair in sorted(FRAMEWORKS.items()) for one in pair)
    query = f"""PREFIX cdm: <http://publications.europa.eu/ontology/cdm#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT DISTINCT ?celex ?date ?framework ?title WHERE {{
  VALUES ?number {{ {frameworks} }}
  ?basis cdm:resource_legal_id_celex ?framework . FILTER(STR(?framework) = ?number)
  {{ ?act cdm:resource_legal_amends_resource_legal ?basis }}
  UNION {{ ?act cdm:resource_legal_based_on_resource_legal ?basis }}
  ?act cdm:resource_legal_id_celex ?celex ; cdm:work_date_document ?date .
  FILTER(?date >= "{since}"^^xsd:date)
  OPTIONAL {{ ?text cdm:expression_belongs_to_work ?act ; cdm:expression_title ?title ;
    cdm:expression_uses_language <http://publications.europa.eu/resource/authority/language/ENG> }}
}} ORDER BY DESC(?date) ?celex LIMIT {ACTS_MAX}"""
    return Question(
        url=SPARQL,
        accept="application/sparql-results+json",
        body=query.encode(),
        content_type="application/sparql-query",
    )


def read_acts(body: bytes, _: str) -> tuple[AnnouncedAct, ...]:
    """Return the announcements in an answer of CELLAR. Raises DocumentRefused when it is none."""
    try:
        rows = _answer.decode(body).results.bindings
    except UNDECODABLE:
        raise DocumentRefused("the answer is no SPARQL result with celex, date and framework") from None
    found = (
        Act(
            celex=row.celex.value,
            # A date may state its zone.
            day=row.date.value[:DAY_CHARACTERS],
            title=canonical.text(row.title.value if row.title else row.celex.value),
            framework=_REGULATION_OF.get(row.framework.value, row.framework.value),
        )
        for row in rows
    )
    acts = [act for act in found if _CELEX.fullmatch(act.celex) and _DAY.fullmatch(act.day)]
    if rows and not acts:
        raise DocumentRefused("the answer has no act whose CELEX number and date can be read")
    return _announcements(acts)


def read_tripwire(body: bytes, _: str) -> tuple[AnnouncedAct, ...]:
    """Return the announcements in the RSS of EUR-Lex: of acts whose title names a framework. Raises DocumentRefused."""
    return _announcements(act for item in rss_items(body) for act in _titled(item.title))


def _titled(title: str) -> Iterator[Act]:
    """`CELEX:32026R1465: Council Regulation (EU) 2026/1465 of 25 June 2026 amending Regulation (EU) No 269/2014`."""
    celex, day = _CELEX.search(title), _OF_DAY.search(title)
    if celex is None or day is None:
        return
    try:
        dated = datetime.strptime(day[1], "%d %B %Y").date().isoformat()
    except ValueError:
        return
    numbers = (celex_of(one) for one in _NUMBERED.findall(title[day.end() :]))
    named = (_REGULATION_OF.get(one or "", one) for one in numbers)
    framework = next((one for one in named if one in FRAMEWORKS), None)
    if framework:
        words = title.partition(f"{celex[0]}:")[2].strip() or title
        yield Act(celex=celex[0], day=dated, title=words, framework=framework)


def _announcements(acts: Iterable[Act]) -> tuple[AnnouncedAct, ...]:
    """One announcement for all acts of one day on one framework, named for its first regulation."""
    together: dict[tuple[str, str], dict[str, Act]] = {}
    for act in acts:
        if act.framework in FRAMEWORKS:
            together.setdefault((act.day, act.framework), {})[act.celex] = act
    latest = sorted(together.items(), reverse=True)[:ITEMS_MAX]
    return tuple(_announcement(day, framework, list(found.values())) for (day, framework), found in latest)


def _announcement(day: str, framework: str, acts: list[Act]) -> AnnouncedAct:
    first, *others = sorted(acts, key=_place)
    expects, why = _expected(framework, first)
    return AnnouncedAct(
        id=f"{framework}.{day}",
        url=f"{READ_HERE}{first.celex}",
        title=first.title,
        published=day,
        act=first.celex,
        also=tuple(act.celex for act in others),
        programmes=(framework,),
        expects=expects,
        why=why,
    )


def _place(act: Act) -> tuple[bool, bool, str]:
    """Regulations first, and of these what implements the framework: it is the one whose annex names persons."""
    return not _is_regulation(act.celex), not _implements(act), act.celex


def _is_regulation(celex: str) -> bool:
    return celex[5] == "R"


def _implements(act: Act) -> bool:
    return _is_regulation(act.celex) and "implementing regulation" in act.title.casefold()


def _expected(framework: str, act: Act) -> tuple[Expectation, str]:
    """What the title alone lets expect; the text of the act says more."""
    if framework in NEVER_IN_THE_FILE:
        return "never", "the file has nobody from the annexes of this framework"
    if _implements(act):
        return "will", ""
    return "may", "its title does not say whether it changes an annex that the file shows"


def text_question(item: AnnouncedAct) -> Question | None:
    """Return the question for the act's text in English; None where no list would show it."""
    if item.expects == "never" or item.act is None:
        return None
    return Question(url=f"{TEXT}{item.act}", accept="application/xhtml+xml", language="eng", bytes_max=PAGE_BYTES_MAX)


def read_text(body: bytes, item: AnnouncedAct) -> AnnouncedAct:
    """Return `item` with whom its act names. Raises DocumentRefused when the body is not the text of an act."""
    root = parsed_page(body)
    beginning = page_words(root)[:20_000].casefold()
    if "regulation" not in beginning and "decision" not in beginning:
        raise DocumentRefused("the page is not the text of an act")
    parties = tuple(dict.fromkeys(_parties(root)))
    if parties:
        return replace(item, parties=parties, expects="will", why="")
    if item.expects == "will":
        return item
    if any(map(_is_regulation, item.also)):
        return replace(item, expects="may", why="another regulation of the day was not read")
    return replace(item, expects="never", why="its text has no table of persons or entities")


def _parties(root: etree._Element) -> Iterator[NamedParty]:
    action: Action = "designated"
    # Of a table its column is sought once, however many rows it has.
    column = lru_cache(TABLES_KEPT)(_column)
    for element in root.iter("p", "tr", "td"):
        table = next(element.iterancestors("table"), None)
        place = column(table) if table is not None else None
        if element.tag == "tr":
            names = _names(element, table, place)
            if names:
                yield NamedParty(action=action, names=names)
        elif place is None:  # in a table whose first row is that of names nothing says what is done
            words = page_words(element)[:CELL_CHARACTERS_MAX]
            action = next((what for pattern, what in ACTIONS if pattern.search(words)), action)


def _column(table: etree._Element) -> int | None:
    """The column of names, if the first row of the table says that there is one."""
    row = next(table.iter("tr"), None)
    heads = [page_words(cell).casefold() for cell in row if isinstance(cell.tag, str)] if row is not None else []
    if len(heads) < 3 or not any("date of listing" in head or "reasons" in head for head in heads):
        return None
    return next((place for place, head in enumerate(heads) if head.startswith("name")), None)


def _names(row: etree._Element, table: etree._Element | None, column: int | None) -> tuple[str, ...]:
    cells = [cell for cell in row if isinstance(cell.tag, str)]
    if column is None or len(cells) <= column or table is None or row is next(table.iter("tr"), None):
        return ()
    said = page_words(cells[column])[:CELL_CHARACTERS_MAX]
    parts = [_unbracketed(part) for whole in _AKA.split(said) for part in _PARTED.split(whole)]
    return tuple(dict.fromkeys(name for part in parts for name in scripts_apart(part) if name))


def _unbracketed(part: str) -> str:
    """The part without a bracket that was opened or closed in another one."""
    text = part.strip(" ;,")
    if text.count("(") < text.count(")"):
        return text.removesuffix(")").strip()
    return text.removeprefix("(").removesuffix("(").strip() if text.count("(") > text.count(")") else text


CHANNEL = NoticeChannel(
    id="eu_oj",
    slot=1,
    title="Official Journal of the EU, restrictive measures",
    jurisdiction="EU",
    authority="Council of the European Union",
    homepage="https://eur-lex.europa.eu/oj/direct-access.html",
    rules=ChannelRules(
        id="eu_oj", feeds=("eu_fsf",), overdue_hours=(72, 240, 504), names_days=36, old_days=30, flood=40
    ),
    indexes=(
        ChannelIndex(name="cellar", question=acts_question, read=read_acts, typical_bytes=40_000),
        ChannelIndex(
            name="rss", question=lambda _: Question(url=RSS), read=read_tripwire, typical_bytes=60_000, tripwire=True
        ),
    ),
    page=ItemPage(question=text_question, read=read_text, typical_bytes=250_000),
    interval_seconds=600,
    silence_days=14,
    evidence="documented",
    unproven=(
        "CELLAR was never asked: not the query, not its speed, not how soon an act is there.",
        "Texts of acts are read as their tables are described; none was seen as CELLAR serves it.",
    ),
    quirks=(
        "How long an act takes from the Official Journal to CELLAR is not known; `syncd measure-lag` will tell.",
        "Annexes of some frameworks are in no file; of 24 regulations of five weeks, 9 changed entries.",
        "The RSS stood still from July to September 2026: it is a tripwire alone.",
    ),
)
