"""All publishers at once on loopback, in a process of their own, with lists of their real size.

Each feed's preferred document is served in its own packing: a real one where there is one, else the golden one. Where
only a part of a list is at hand its entries are repeated under other ids until the list has the size of the live one.
Who redirects redirects, who has a gate has it, and every document has validators. Channels are answered beside them.

    python -m tests.benchmarks.publishers [SHARED]      prints the port, then serves until it is ended
"""

import asyncio
import bz2
import gzip
import hashlib
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from aiohttp import web

from syncd.demo import eu
from syncd.feeds import all_feeds
from syncd.feeds.contract import Feed, Source
from tests.benchmarks import notices_cost
from tests.feeds import documents

HOST = "127.0.0.1"
STORAGE = "/storage.example"
# Below it all channels are answered, as a mirror does it: with nothing that is news.
CHANNELS = "/channels"
LAST_MODIFIED = "Tue, 06 Jan 2026 12:00:00 GMT"
CSL = "us_csl/2022-04-21__consolidated.csv.gz"


class Real(NamedTuple):
    """A real document. `entry` is a pattern of one entry in two groups, up to the end of its id and the rest; `copies`
    is how often it is written. A document without a pattern is served as it is."""

    path: str
    entry: str = ""
    copies: int = 1


REAL: Mapping[str, Real] = {
    "us_ofac_sdn": Real("us_ofac_sdn_advanced/2025-09-03__sdn_advanced.xml.bz2"),
    "us_ofac_cons": Real("us_ofac_cons_advanced/2020-03-17__cons_advanced.xml.bz2"),
    "eu_fsf": Real(
        "eu_fsf/2022-03-18__xmlFullSanctionsList_1_1.first1044.xml.bz2",
        r'(<sanctionEntity [^>]*?euReferenceNumber="[^"]*)(".*?</sanctionEntity>)',
        6,
    ),
    "eu_vessels": Real("eu_vessels/REBUILT__2026-02-23__EU-designated-vessels_from-ammitto-yaml.csv"),
    "xx_worldbank": Real("xx_worldbank/2026-02-04__wb-data.json.bz2"),
    "uk_sl": Real(
        "uk_sl/REBUILT__2022-05-04__UK-Sanctions-List.xml.bz2",
        r"(<Designation>.*?<UniqueID>[^<]*)(<.*?</Designation>)",
        2,
    ),
    "un_sc": Real("un_sc/2026-02-27__UN_consolidated.xml.bz2"),
    "ca_sema": Real("ca_sema/REBUILT__2026-08-22__sema-lmes_NEWTAGS_from-ammitto-yaml.xml.bz2"),
    "ch_seco": Real(
        "ch_seco/EXCERPT_2026-08-27__whole-list_3targets.xml", r'(<target ssid="\d+)(".*?</target>)', 2_400
    ),
    "au_dfat": Real("au_dfat/2026-04-27__Australian_Sanctions_Consolidated_List.xlsx"),
    "jp_mof": Real(
        "jp_mof/EXCERPT_2026-08-28__shisantouketsu20260828_5rows.csv", r"(^\d+,\d{3}-)(\d{6},[^\n]*\n)", 573
    ),
    "jp_meti": Real("jp_meti_eul/2025-09-29__20250929_4.xlsx"),
    "nz_russia": Real("nz_russia/REBUILT__2026-03-08__Russia-Sanctions-Register_from-ammitto-yaml.xlsx"),
    "fr_dgt": Real(
        "fr_dgt/EXCERPT_2025-11-21__Registrenationaldesgels_5records.json",
        r'(\{\s*"IdRegistre":\s*\d+)(.*?\})(?=\s*,\s*\{\s*"IdRegistre"|\s*\]\s*\}\s*\}\s*$)',
        1_200,
    ),
    **{feed: Real(CSL) for feed in all_feeds() if feed.startswith(("us_bis_", "us_state_"))},
}
# Feeds whose document is a link on a page, and what it is called here.
DISCOVERED = {
    "jp_mof": "shisantouketsu20260106.csv",
    "jp_mof_vessels": "ekimukisei_IMOnumber_20260106.csv",
    "jp_meti": "20260106_1.xlsx",
    "eu_vessels": "media/639126203301405214/vessels.xlsx",
    "cz_mzv": "Vnitrostatni_sankcni_seznam_2026_01_06.csv",
}
REDIRECTED = {"us_ofac_sdn", "us_ofac_cons", "un_sc"}


def settings(port: int) -> dict[str, Any]:
    """The `[feeds]` section that asks this site at the feeds' own pace, whatever the size of the documents here."""
    home = f"http://{HOST}:{port}"
    return {feed.id: {"records_min": 1, "partial_ratio": 1.0, "sources": _addresses(feed, home)} for feed in _feeds()}


def _addresses(feed: Feed, home: str) -> dict[str, Any]:
    return {
        source.name: {"url": f"{home}{path_of(source.url)}"}
        | ({"gate_url": _gate_address(source, home)} if source.gates else {})
        for source in feed.sources
    }


def _gate_address(source: Source, home: str) -> str:
    query = urlsplit(source.gates[0].url).query
    return f"{home}{path_of(source.gates[0].url)}" + (f"?{query}" if source.pages else "")


def _feeds() -> list[Feed]:
    return list(all_feeds().values())


def path_of(url: str) -> str:
    """Return where this site has what a publisher has at `url`."""
    parts = urlsplit(url)
    return f"/{parts.hostname}{parts.path}"


def document(feed: Feed, shared: Path) -> bytes:
    """The preferred document of a feed, not packed."""
    real = REAL.get(feed.id)
    if real is None or not shared.is_dir():
        source = feed.sources[0]
        cases = (case for case in documents.cases() if (case.feed, case.vocabulary) == (feed.id, source.vocabulary))
        return next(cases).body()
    body = _unpacked(shared / real.path)
    return _repeated(body.decode("utf-8-sig"), real).encode() if real.entry else body


def _unpacked(path: Path) -> bytes:
    how = {".bz2": bz2.decompress, ".gz": gzip.decompress}.get(path.suffix, bytes)
    return how(path.read_bytes())


def _repeated(text: str, real: Real) -> str:
    found = list(re.finditer(real.entry, text, re.DOTALL | re.MULTILINE))
    between = "," if real.path.endswith(".json") else ""
    entries = between.join(
        f"{entry[1]}{number:04}{entry[2]}" if number else entry[0] for number in range(real.copies) for entry in found
    )
    return text[: found[0].start()] + entries + text[found[-1].end() :]


def _paged(feed: Feed, shared: Path) -> Any:
    """Answers the pages of a list, and its gates, which ask for a page of one entry at the same address."""
    items = json.loads(document(feed, shared))["items"]

    async def answer(request: web.Request) -> web.StreamResponse:
        kind = request.query.get("filter", "").partition(":")[2]
        skip, take = int(request.query.get("skip", "0")), int(request.query.get("take", "1000"))
        found = [item for item in items if item["contentType"] == kind]
        return web.json_response({"total": len(found), "items": found[skip : skip + take]})

    return answer


def routes(shared: Path) -> Iterator[tuple[str, Any]]:
    """(path, handler) of documents, redirects and gates."""
    for feed in _feeds():
        source = feed.sources[0]
        if source.pages:
            yield path_of(source.url), _paged(feed, shared)
            continue
        discovered = DISCOVERED.get(feed.id)
        path = f"{path_of(source.url).rpartition('/')[0]}/{discovered}" if discovered else path_of(source.url)
        body = packed(document(feed, shared), source)
        if feed.id in REDIRECTED:
            yield path, _redirect(f"{STORAGE}{path}?X-Amz-Signature=secret")
        yield (f"{STORAGE}{path}" if feed.id in REDIRECTED else path), _answer(body, validators=True)
        if source.gates:
            yield gate_path(source), _answer(gate_body(feed, path), validators=False)


def packed(body: bytes, source: Source) -> bytes:
    """Return a document as it travels."""
    if source.packing == "plain":
        return body
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("LIST.XML", body)
    return written.getvalue()


def gate_path(source: Source) -> str:
    """Gates with dates in their address are answered below it."""
    before, dated, _ = path_of(source.gates[0].url).partition("/{year}")
    return f"{before}/{{dates:.*}}" if dated else before


def gate_body(feed: Feed, path: str) -> bytes:
    """Return a gate's answer: the document is at `path`."""
    if feed.id.startswith("us_ofac"):
        return json.dumps([{"publicationID": 7, "datePublished": "2026-01-06T10:00:00"}]).encode()
    if feed.id == "eu_fsf":
        return eu.rss("a hash", feed.sources[0].url)
    head = '<html><head><meta charset="utf-8"></head>'
    # One page leads to both lists of Japan's Ministry of Finance.
    beside = f"{path.rpartition('/')[0]}/{DISCOVERED['jp_mof_vessels' if feed.id == 'jp_mof' else 'jp_mof']}"
    both = f'<a href="{beside}">other</a>' if feed.id.startswith("jp_mof") else ""
    return f'{head}<body><p>ユーザーリスト <a href="{path}">list</a>{both}</p></body></html>'.encode()


def _redirect(to: str) -> Any:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": to})

    return answer


def _answer(body: bytes, *, validators: bool) -> Any:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Last-Modified": LAST_MODIFIED} if validators else {}

    async def answer(request: web.Request) -> web.StreamResponse:
        if validators and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers=headers)

    return answer


async def serve(shared: Path) -> None:
    application = web.Application()
    known: dict[str, Any] = {}
    for path, handler in routes(shared):
        known.setdefault(path, handler)
    for path, handler in known.items():
        application.router.add_get(path, handler, allow_head=False)
    application.router.add_route("*", f"{CHANNELS}/{{path:.*}}", notices_cost.answer_from(notices_cost.answers()))
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
