"""Countries: published codes and names → ISO 3166-1 alpha-2 (and a few withdrawn codes, see `country_names`)."""

import re
import unicodedata
from functools import lru_cache

from syncd.errors import Unreadable
from syncd.normalise.country_names import NAMES
from syncd.normalise.country_names_ja import NAMES as JAPANESE_NAMES

NAME_CHARACTERS_MAX = 300

# What publishers write where they know no country; EU documents use the code 00.
_ABSENT = frozenset({"", "-", "--", "00", "n/a", "na", "none", "null", "nil", "unknown", "undetermined", "not known"})
_SMALL_WORDS = frozenset(
    {"the", "of", "and", "et", "de", "du", "la", "le", "les", "des", "d", "l", "former", "formerly"}
)
_FORMS_OF_STATE = frozenset(
    {"republic", "kingdom", "principality", "sultanate", "grand", "duchy", "state", "independent", "federal"}
    | {"federative", "commonwealth", "socialist", "democratic", "peoples", "islamic"}
)
_PREFIXES = re.compile(r"^\s*(?:region|country|pays)\s*:\s*", re.IGNORECASE)
_NOW = re.compile(r"\b(?:now|currently|today|presently)\b[\s,:]*+(?P<country>[^()]++)[)\].]*+\s*+$", re.IGNORECASE)
_BRACKETED = re.compile(r"(?:(?<!\s)\s++)?[(\[][^()\[\]]*+[)\]]")
_FORMER_TAIL = re.compile(r"(?<![\s.,;])[\s.,;]++former(?:ly)?\b.*$", re.IGNORECASE)
_TAIL = re.compile(r"[,:]\s*+([^,:]*[^,:\s.])[\s.]*+$")
_JAPANESE_MARKS = re.compile(r"[\s・･＝=]")
_JAPANESE_FORM = re.compile(r"(?:イスラム)?(?:共和国|連邦|王国)$")
_DOUBTED = re.compile(r"\((?:likely|possibly|probably)\s++([^()]++)\)\s*+$", re.IGNORECASE)
_DOUBT = re.compile(
    r"^\s*+(?:possibly|probably|unconfirmed|believed to be|likely(?: to be)?)\b[\s,:(]*+"
    r"|(?:(?<!\s)\s++)?\b(?:by birth|passport)\s*+$",
    re.IGNORECASE,
)


def code(published: str) -> str:
    """The alpha-2 code, upper case, of an alpha-2 or alpha-3 code or of a country's name or nationality's adjective.

    Raises Unreadable, also for a text that says that there is none: ask `code_optional` where that occurs.
    """
    found = None if is_absent(published) else _lookup(published)
    if found is None:
        raise Unreadable(published, "no country is known by this name or code")
    return found


def code_optional(published: str) -> str | None:
    """Like `code`, but None for a text that says that no country is known (`00`, `unknown`, `-`)."""
    return None if is_absent(published) else code(published)


def is_absent(published: str) -> bool:
    """Whether the text says that no country is known. `NA` in capitals is Namibia's code."""
    bare = published.strip()
    return bare != "NA" and bare.casefold() in _ABSENT


def remarked(published: str) -> tuple[str, str | None]:
    """A country with a remark around it → (code, the whole text as note, or None without a remark).

    "Former USSR (now Belarus)" is BY, "Libya (in custody)" LY, "Possibly Ethiopian" ET: always with the note, because
    the code alone says less than was published. Raises Unreadable.
    """
    if len(published) <= NAME_CHARACTERS_MAX and not is_absent(published):
        found = _lookup(published)
        if found is not None:
            return found, None
        for candidate in _candidates(published):
            found = _lookup(candidate)
            if found is not None:
                return found, published
    raise Unreadable(published, "no country is known by this name, nor by it without its remark")


def _candidates(published: str) -> list[str]:
    """What may be the country in a text with a remark, the surest first."""
    now = _NOW.search(published)
    bare = _BRACKETED.sub("", published)
    sure = [now["country"].rstrip().rstrip(".]").rstrip()] if now else []
    tails = [found[1] for found in (_TAIL.search(bare), _DOUBTED.search(published)) if found]
    return [*sure, bare, _FORMER_TAIL.sub("", bare), _DOUBT.sub("", bare), _DOUBT.sub("", published), *tails]


@lru_cache(maxsize=4096)
def _lookup(published: str) -> str | None:
    if len(published) > NAME_CHARACTERS_MAX:
        return None
    text = _PREFIXES.sub("", published).strip()
    if text.upper() in _CODES:
        return _CODES[text.upper()]
    words = _words(text)
    if words in _BY_WORDS:
        return _BY_WORDS[words]
    if not text.isascii() and (japanese := _japanese(text)):
        return japanese
    return _BY_WORDS.get(tuple(word for word in words if word not in _FORMS_OF_STATE))


def _words(text: str) -> tuple[str, ...]:
    """The words of a name without case, accents, small words and order. Initials count as one word: U.S. is US."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char) and unicodedata.category(char) != "Cf")
    plain = re.sub(r"['’`´]s\b", "s", plain)
    plain = re.sub(r"\b(?:\w\.){2,}", lambda initials: initials[0].replace(".", ""), plain)
    words = [word for word in re.split(r"[^\w]+", plain) if word]
    kept = [word for word in words if word not in _SMALL_WORDS]
    return tuple(sorted(kept))


def _japanese(text: str) -> str | None:
    bare = _bare_japanese(text)
    return _JAPANESE.get(bare) or _JAPANESE.get(_JAPANESE_FORM.sub("", bare))


def _bare_japanese(text: str) -> str:
    return _JAPANESE_MARKS.sub("", unicodedata.normalize("NFKC", text))


def _japanese_table() -> dict[str, str]:
    lines = (line.split(" ", 1) for line in JAPANESE_NAMES.strip().splitlines())
    return {_bare_japanese(name): alpha2 for alpha2, names in lines for name in names.split(";")}


def _tables() -> tuple[dict[str, str], dict[tuple[str, ...], str]]:
    codes: dict[str, str] = {}
    names: dict[tuple[str, ...], str] = {}
    for line in NAMES.strip().replace("\n ", " ").splitlines():
        alpha2, alpha3, rest = line.split(" ", 2)
        codes[alpha2] = codes[alpha3] = alpha2
        for name in rest.split(";"):
            names[_words(name)] = alpha2
    return codes, names


_CODES, _BY_WORDS = _tables()
_JAPANESE = _japanese_table()
ALL = frozenset(_CODES.values())
