"""Which programmes of several authorities are one regime: where one acts, the others of an alliance may be asked after.

For each regime and authority, a pattern that the publisher's own term for a programme must contain; where a list has
no programmes, its name stands for one. The terms are those of the published documents. An authority without a pattern
has no such regime, and is never said to be missing from it. The UN is in no alliance.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from syncd.core.model import Record

Regimes = Mapping[str, Mapping[str, str]]

REGIMES: Regimes = {
    "russia": {
        "us": r"^RUSSIA|^UKRAINE-|^CAATSA - RUSSIA|^PEESA|^BPI-RUSSIA",
        "uk": r"^(The )?(Russia|Ukraine)\b",
        "eu": r"^(UKR|RUS|RUSDA|UKRAINE)$|\b833/2014\b",
        "ca": r"^(Russia|Ukraine)\b",
        "jp": r"^ロシア|^クリミア",
        "ch": r"Ukrain|Russia",
        "fr": r"^UE (Ukraine|Russie)",
        "au": r"\b(Russia|Ukraine)\b",
        "nz": r"^Russia Sanctions Register",
    },
    "belarus": {
        "us": r"^BELARUS|^BPI-BELARUS",
        "uk": r"^(The )?(Republic of )?Belarus\b",
        "eu": r"^BLR$",
        "ca": r"^Belarus\b",
        "jp": r"^ベラルーシ",
        "ch": r"Belarus",
        "fr": r"^UE B[ié]{1,2}lorussie",
        "au": r"\bBelarus\b",
    },
    "iran": {
        "us": r"^IRAN|^IRGC|^IFSR|^IFCA|^HRIT-IR|^CAATSA - IRAN|^ISA$",
        "uk": r"^(The )?Iran\b",
        "eu": r"^IRN$",
        "ca": r"^Iran\b",
        "jp": r"^イラン",
        "ch": r"\bIran\b",
        "fr": r"^UE Iran",
        "au": r"\bIran\b",
    },
    "dprk": {
        "us": r"^DPRK",
        "uk": r"^(The )?Democratic People's Republic of Korea",
        "eu": r"^PRK$|\b2017/1509\b",
        "ca": r"^(North Korea|Democratic People's Republic of Korea)",
        "jp": r"^北朝鮮",
        "ch": r"Democratic People's Republic of Korea",
        "fr": r"^UE (Cor[ée]e du Nord|RPDC)",
        "au": r"\bDPRK\b",
    },
    "syria": {
        "us": r"^SYRIA|^HRIT-SY|^PAARSS",
        "uk": r"^(The )?Syria\b",
        "eu": r"^SYR$",
        "ca": r"^Syria\b",
        "jp": r"^シリア",
        "ch": r"\bSyria\b",
        "fr": r"^UE Syrie",
        "au": r"\bSyria\b",
    },
    "myanmar": {
        "us": r"^BURMA",
        "uk": r"^(The )?Myanmar\b",
        "eu": r"^MMR$",
        "ca": r"^(Myanmar|Burma)\b",
        "ch": r"\bMyanmar\b",
        "fr": r"^UE (Birmanie|Myanmar)",
        "au": r"\bMyanmar\b",
    },
    "venezuela": {
        "us": r"^VENEZUELA",
        "uk": r"^(The )?Venezuela\b",
        "eu": r"^VEN$",
        "ca": r"^Venezuela\b",
        "ch": r"\bVenezuela\b",
        "fr": r"^UE Venezuela",
    },
    "nicaragua": {
        "us": r"^NICARAGUA",
        "uk": r"^(The )?Nicaragua\b",
        "eu": r"^NIC$",
        "ca": r"^Nicaragua\b",
        "ch": r"\bNicaragua\b",
        "fr": r"^UE Nicaragua",
    },
    "zimbabwe": {
        "us": r"^ZIMBABWE",
        "uk": r"^(The )?Zimbabwe\b",
        "eu": r"^ZWE$",
        "ca": r"^Zimbabwe\b",
        "ch": r"\bZimbabwe\b",
        "fr": r"^UE Zimbabwe",
        "au": r"\bZimbabwe\b",
    },
}


# Lists whose entries belong to no regime of the table, and why: what they do is told, and nobody is missing from it.
WITHOUT_REGIME: Mapping[str, str] = {
    "jp_mof_vessels": "the document names no programme",
    "jp_meti": "its terms are kinds of weapons",
    "ca_listed": "one list of terrorist entities, whatever their country",
    "il_nbctf": "one list of terrorist organisations, whatever their country",
    "tw_shtc": "the document names no programme",
    "cz_mzv": "the document names acts and no programme",
    "be_fod": "one national list of terrorists",
    "lv_fid": "its programmes have been seen in one invented sample alone",
    "mc_freezes": "the field of its regimes was empty in every record seen",
    "xx_worldbank": "a debarment is no sanction of a country",
    "us_bis_dpl": "orders of denial against single exporters",
    "us_bis_el": "its rows name no programme of the table",
    "us_bis_meu": "its rows name no programme of the table",
    "us_bis_uvl": "its rows name no programme of the table",
    "us_state_aeca": "debarments of single exporters",
    "us_state_isn": "its programmes are acts against proliferation",
    "un_sc": "the UN is in no alliance",
}


def programmes(record: Record) -> tuple[str, ...]:
    """Returns the publisher's terms for the programmes of the record, sorted."""
    found = {term.strip() for one in record.listings for term in one.programmes or (one.list,)}
    return tuple(sorted(found))


def regimes_of(regimes: Regimes, authority: str, terms: Iterable[str]) -> frozenset[str]:
    """Returns the regimes to which at least one of the authority's `terms` belongs."""
    terms = tuple(terms)
    return frozenset(
        name
        for name, patterns in regimes.items()
        if (pattern := patterns.get(authority)) and any(_compiled(pattern).search(term) for term in terms)
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
