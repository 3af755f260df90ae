"""Words in a cell of names that are no part of a name: labels before a name, labels behind it, and remarks."""

import re
from typing import NamedTuple

from syncd.core.model import NameKind


class NameLabel(NamedTuple):
    """A label in a text. `kind` is None when it says nothing of the kind (`original script:`). `spelt_out`: it
    introduces a list (`also known as A, B and C`)."""

    start: int
    end: int
    kind: NameKind | None
    spelt_out: bool


_FORMER = (
    r"f\.\s?k\.?\s?a\b\s?\.?|\bfka\b\.?|\bFKA\b\.?|(?<=[(（])(?i:n[eé]e)\b"
    r"|(?i:\b(?:formerly|previously)\s+(?:known|listed|named|called|registered)(?:\s+as\b)?|\bformer\s+names?\s*(?=:)"
    r"|\b(?:anciennement|précédemment)\s+connue?s?\s+sous\s+le\s+nom\s+d[e'’]|\banciens?\s+noms?\s*(?=:)"
    r"|\bfrüher\s+bekannt\s+als\b)"
)
_ALIAS = (
    r"(?<!\w)a\.\s?k\.?\s?a\b\s?\.?|(?:(?<=[,;(（])\s*|^\s*)(?:aka|AKA)\b\.?"
    r"|(?i:\b(?:also|now|better|prominently)\s+known\s+as\b|\bsub-unit\s+names?\s*(?=:)|\balias(?:es)?\s*(?=:)"
    r"|\btransliterations?\s*(?=:)|\bthe following \w+ aliases\b"
    r"|\b(?:autrement|également|aussi)\s+connue?s?\s+sous\s+le\s+nom\s+d[e'’]|\bautres?\s+dénominations?\s*(?=:)"
    r"|\bauch\s+bekannt\s+als\b)"
)
_LANGUAGES = (
    "arabic|russian|cyrillic|persian|farsi|dari|urdu|pashto|chinese|korean|hebrew|ukrainian|belarusian|tigrinya|amharic"
    "|burmese|serbian|kurdish|turkish"
)
_LANGUES = "arabe|russe|bi[ée]lorusse|ukrainien|persan|farsi|dari|ourdou|pachto|chinois|coréen|hébreu|birman|serbe|turc"
_SPRACHEN = "arabisch|russisch|belarussisch|ukrainisch|persisch|chinesisch|koreanisch|hebräisch|türkisch|serbisch"
_SCRIPT = (
    rf"(?i:\b(?:in\s++)?(?:original|{_LANGUAGES})\s++sc[ri]{{1,4}}pts?\b|\bin\s++(?:{_LANGUAGES})(?=\s*[:：])"
    rf"|\ben\s++(?:{_LANGUES})(?=\s*[:：])|\bgraphies?\s++originales?(?=\s*[:：])|\bauf\s++(?:{_SPRACHEN})(?=\s*[:：]))"
)
_JAPANESE = (
    r"(?:(?<=[（(、;；\n\s])|^)(?:(?P<former_ja>(?:アラビア語による)?以前のリスト記載ぶり|旧称|旧名|旧姓"
    r"|以前の呼称|以前掲載の氏名|以前の掲載名)|(?P<alias_ja>別称|別名|通称))(?=\s*[:：、.)）\s]|\s*$)"
)
_JAPANESE_SCRIPT = r"(?:原語|アラビア語|ロシア語|ペルシャ語)表記"
_LABEL = re.compile(rf"(?P<former>{_FORMER})|(?P<alias>{_ALIAS})|(?P<script>{_SCRIPT}|{_JAPANESE_SCRIPT})|{_JAPANESE}")
# What stands in place of letters that the publisher could not write: `【アラビア語】`.
_PLACEHOLDER = re.compile(r"[（(]?【[^【】]{0,30}】[)）]?")
# The white space before something, from its first character on: a run of it is looked at once.
_GAP = r"(?:(?<!\s)\s++)?+"
# A label of the script behind the name that is in it: `(اغا:original script)`, `اغا (original script)`.
_SCRIPT_BEHIND = re.compile(rf"{_GAP}(?:[（(]\s*+{_SCRIPT}\s*+[)）]|[:：]\s*+{_SCRIPT}(?=\s*+[)）]))")
_SPELT_OUT = re.compile(r"known|aliases", re.IGNORECASE)
_MARKS = re.compile(r"[\s:：.,、）)】]*")

# In brackets behind a name, these say something about it.
_REMARK = re.compile(
    _GAP + r"[（(【]\s*+(?P<remark>(?:translation|訳|meaning|nom de guerre|仮名|call sign|combat name|戦闘員名"
    r"|コールサイン|イニシャル|自称|birth name|initials"
    rf"|(?:in )?(?:{_LANGUAGES})\s*+(?=[)）】])"
    r"|nickname|when he was|transliterations? of|(?:in )?\w{2,12} script\b|[ァ-ヺー]{2,8}語(?:表記)?"
    r"|prominently known(?! as))[^（）()【】]*+)[)）】]",
    re.IGNORECASE,
)
# Where a name ends and the facts about its bearer begin.
_FACTS = re.compile(
    r"(?:^|[,;.(（、]|(?<!\s)\s)\s*+(?:(?i:born\s+(?:in\b|on\b|\d|[a-z]{3,9}\.?\s+\d)|d\.?p?\.?o\.?b\b|p\.?o\.?b\b"
    r"|date of birth|place of birth"
    r"|nationality\b\s*[:：-]|mother[’']s name|address\s*[:：]|(?:[a-z]+\s+)?passport\s+(?:no|number)\b"
    r"|(?:[a-z]+\s+)?ID\s+number\b"
    r"|appears in\b|(?:name\s+|alias\s+)?used\s+(?:in|since|as|by|from|on|for)\b|prominently known\b)"
    r"|生年月日|出生地|\w{0,12}旅券番号|\w{0,12}ID番号|国籍\s*[:：]|\d{4}年\d{1,2}月\d{1,2}日|\d{4}年(?:\d{1,2}月)?\s?(?:生|に|出生)|\w{0,8}旅券、番号)"
)
_FACTS_IN_BRACKETS = re.compile(
    _GAP + r"(?:[)）]?[（(]{1,9}\d{1,9}[)）]に指定した|[（(](?=[^（）()]*(?:旅券|生年月日|出生|国籍\s*[:：]"
    r"|生まれ|ID番号|パスポート|偽名|false identity))).*$",
    re.DOTALL,
)
_SENTENCE = re.compile(r"。(?=\s*\S|$)")


def find_name_labels(text: str) -> list[NameLabel]:
    """The labels of `text` in order, each with the colon or points behind it."""
    found = []
    for match in _LABEL.finditer(text):
        end = _MARKS_WITHOUT_BRACKET.match(text, match.end())
        assert end is not None
        found.append(NameLabel(match.start(), end.end(), _kind(match), bool(_SPELT_OUT.search(match[0]))))
    return found


_MARKS_WITHOUT_BRACKET = re.compile(r"[\s:：.,、]*")


def without_script_behind(text: str) -> str:
    """`text` without labels of a script behind the name that is in it, and without placeholders for such a name."""
    return _SCRIPT_BEHIND.sub("", _without_placeholders(text))


def _without_placeholders(text: str) -> str:
    return _PLACEHOLDER.sub(lambda found: "" if _is_whole(found[0]) else _halves(found[0]), text)


def _is_whole(bracketed: str) -> bool:
    return bracketed[0] in "（(" and bracketed[-1] in "）)"


def _halves(bracketed: str) -> str:
    """Half a pair of brackets that stood beside a placeholder."""
    return "".join(char for char in bracketed if char in "（()）")


def _kind(match: re.Match[str]) -> NameKind | None:
    if match["former"] or match["former_ja"]:
        return "former"
    return "alias" if match["alias"] or match["alias_ja"] else None


def without_remarks(text: str) -> tuple[str, str | None]:
    """A name without the remarks in brackets behind it, and the remarks."""
    remarks = [found["remark"].strip() for found in _REMARK.finditer(text)]
    return (_REMARK.sub("", text), "; ".join(remarks)) if remarks else (text, None)


def before_facts(text: str) -> tuple[str, str | None]:
    """`Adel Vell, born 14 Jul. 1970 in Tunis` → the name, and what is said of its bearer. No name: an empty text."""
    found = [match for pattern in (_FACTS_IN_BRACKETS, _FACTS) if (match := pattern.search(text))]
    start = min((match.start() for match in found), default=len(text))
    opening = max(text.rfind(char, 0, start) for char in "(（")
    if found and opening > max(text.rfind(char, 0, start) for char in ")）"):
        start = opening  # facts in the middle of a bracket: all of it is about them
    name, facts = text[:start], _facts(text[start:])
    if _SENTENCE.search(name):
        return "", text
    return name, facts or None


def _facts(text: str) -> str:
    bare = text.strip(" ,;.(（、")
    unopened = sum(bare.count(char) for char in ")）") - sum(bare.count(char) for char in "(（")
    return bare[:-1] if unopened > 0 and bare.endswith((")", "）")) else bare
