"""The subjects of a listing in one vocabulary: each authority has its own name for the same regime."""

import re
from collections.abc import Collection
from functools import lru_cache

# A subject, and what stands in the names of programmes that are about it (lower case, beginnings of words).
_SUBJECTS = {
    "russia": ("russia", "ukraine", "crimea", "ukr", "rus", "magnit", "ロシア", "クリミア"),
    "belarus": ("belarus", "blr", "ベラルーシ"),
    "iran": ("iran", "irn", "ifsr", "irgc", "1737", "hrit-ir", "fse-ir", "イラン"),
    "syria": ("syria", "syr", "paarssr", "シリア"),
    "north korea": ("democratic people's republic of korea", "dprk", "prk", "1718", "north korea", "北朝鮮"),
    "libya": ("libya", "lby", "1970", "リビア"),
    "iraq": ("iraq", "irq", "1518", "イラク"),
    "taliban": ("afghanistan", "taliban", "afg", "1988", "タリバーン"),
    "al-qaida": ("al-qaida", "isil", "taqa", "1267", "タリバーン"),
    "terrorism": ("sdgt", "terr", "counter-terrorism", "1373", "fto", "hamas", "テロリスト"),
    "drc": ("democratic republic of the congo", "drc", "cod", "1533", "コンゴ民主"),
    "somalia": ("somalia", "som", "al-shabaab", "ソマリア"),
    "central african republic": ("central african republic", "car", "caf", "2127", "中央アフリカ"),
    "yemen": ("yemen", "yem", "2140", "イエメン"),
    "mali": ("mali", "mli"),
    "south sudan": ("south sudan", "southsudan", "ssd", "2206", "南スーダン"),
    "sudan": ("sudan", "sdn", "darfur", "1591", "スーダン"),
    "guinea-bissau": ("guinea-bissau", "gb", "gnb", "2048"),
    "haiti": ("haiti", "hti", "2653", "ハイチ"),
    "venezuela": ("venezuela", "ven"),
    "myanmar": ("myanmar", "burma", "mmr"),
    "zimbabwe": ("zimbabwe", "zwe"),
    "nicaragua": ("nicaragua", "nic"),
    "lebanon": ("lebanon", "lbn"),
    "cyber": ("cyber", "cyb"),
    "human rights": ("human rights", "glomag", "ghr", "justice for victims", "magnit"),
    "corruption": ("anti-corruption", "corruption", "justice for victims"),
    "proliferation": ("npwmd", "chemical weapons", "chem"),
    "narcotics": ("sdntk", "sdnt", "illicit-drugs", "tco"),
    "balkans": ("balkans", "bosnia", "ffry", "bih"),
    "cuba": ("cuba",),
}
_PATTERNS = {
    subject: re.compile("|".join(rf"(?<![a-z0-9]){re.escape(word)}" for word in words))
    for subject, words in _SUBJECTS.items()
}
# What one authority lists under one name and another under two.
_KINDRED = (frozenset({"russia", "belarus"}),)
# Subjects under which an authority may list anybody: to differ in them says nothing.
THEMES = frozenset({"terrorism", "cyber", "human rights", "corruption", "proliferation", "narcotics"})


@lru_cache(maxsize=2048)
def subjects(programme: str) -> frozenset[str]:
    """Return the subjects of `programme`; none when it holds no known word."""
    text = programme.lower()
    return frozenset(subject for subject, pattern in _PATTERNS.items() if pattern.search(text))


def kindred(ours: Collection[str], theirs: Collection[str]) -> bool:
    """Return whether some authorities list the subjects of `ours` and of `theirs` under one name."""
    return any(not kin.isdisjoint(ours) and not kin.isdisjoint(theirs) for kin in _KINDRED)
