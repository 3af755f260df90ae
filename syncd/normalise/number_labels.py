"""The words by which publishers label kinds of numbers, in the languages of the lists.

A table row is a type and the words that name it; where two rows match at one place, the earlier row wins, so that
`company registration` stands before `registration` and `national passport` is a passport.
"""

import re
from typing import NamedTuple

from syncd.core.model import IdentifierType

# type, words (a regular expression without groups).
_ROWS: tuple[tuple[IdentifierType, str], ...] = (
    ("imo_company", r"company imo|imo company|imo unique company"),
    ("imo", r"imo|omi"),
    ("lei", r"lei|legal entity (?:identifier|number)"),
    ("bic", r"swift(?: ?/ ?bic)?|bic"),
    ("bik", r"bik|бик"),
    ("inn", r"inn|инн"),
    ("ogrn", r"ogrnip|ogrn|огрн|psrn|(?:primary|main) state registration"),
    ("kpp", r"kpp|кпп|ppc"),
    ("okpo", r"okpo|окпо"),
    ("vat", r"vat|tva"),
    ("uscc", r"uscc|(?:chinese )?unified social credit|(?:code de )?crédit social unifié(?: chinois)?"),
    ("isin", r"isin"),
    ("duns", r"d-?u-?n-?s"),
    ("giin", r"giin"),
    ("social_security", r"social security|ssn|snils|снилс|sécurité sociale"),
    ("birth_certificate", r"birth certificate"),
    ("driving_licence", r"driv(?:er|ing)(?:['’]?s)? (?:licen[cs]e|permit)|permis de conduire"),
    ("residence", r"residen(?:ce|cy|t) (?:permit|card|id)|residency|iqama|alien registration|carte de séjour"),
    ("travel_document", r"travel document|laissez[- ]passer|reiseausweis|titre de voyage"),
    ("military", r"military(?: identification| id| identity| service| card)?"),
    ("visa", r"visa"),
    ("tax", r"tax(?:payer)?(?:['’]?s)?(?: payer)?(?: identification| id| reference| registration)?|tin|fiscal code"),
    ("tax", r"codice fiscale|identification fiscale|(?:numéro|code) fiscal|nif|steuernummer"),
    ("other", r"voter(?:['’]?s)? id(?:entification)?|ration card|folio"),
    ("passport", r"passports?|passeport|reisepass"),
    ("national_id", r"national (?:foreign )?(?:identification|identity|id|insurance)(?: card)?"),
    ("national_id", r"(?:identity|identification|id) card|tazkira|cnic|curp|carte d['’] ?identité"),
    ("national_id", r"personal(?: id| identification| identity)?(?= (?:no|number|code)\b)"),
    ("registration", r"(?:uk )?company (?:registration|register|number|no)"),
    ("registration", r"(?:business|commercial|trade|state) regist(?:ration|ry|er)"),
    ("registration", r"registration|registry|register|enregistrement(?: national)?|edrpou|siren|reg"),
)  # fmt: skip

# What may stand between a label and its number.
_FILLER = r"(?:[ :.,#№°()–“”\"-]|number|numéro|code|card|id|identification|no|nr|n|is|du|de|of|the)*"


class NumberLabel(NamedTuple):
    """One label in a text: what kind of number it names, and where it begins and ends, with what follows it up to the
    number."""

    type: IdentifierType
    start: int
    end: int


_LEAD = r"(?<![\w'’])(?=\w)(?:num[eé]ro (?:d['’] ?|de |du )?)?"
_LABEL = re.compile(
    rf"{_LEAD}(?:{'|'.join(f'(?P<t{row}>{words})' for row, (_, words) in enumerate(_ROWS))})(?!\w)", re.IGNORECASE
)
_FOLLOWING = re.compile(_FILLER, re.IGNORECASE)
_PIECES = re.compile(r"\([^()\d]{1,40}\)|[ :.,#№°()–“”\"-]+|[^\W\d_]+(?!\w)|.")


def find_number_labels(text: str) -> list[NumberLabel]:
    """The labels in a tidied text, in order."""
    found = []
    for match in _LABEL.finditer(text):
        row = int((match.lastgroup or "t0")[1:])
        found.append(NumberLabel(_ROWS[row][0], match.start(), match.end()))
    return found


def after(text: str, label: NumberLabel) -> int:
    """Where the number of `label` would begin: behind its filler words (`number`, `no.`, a colon)."""
    position = label.end
    # Word by word, so that the filler stops before a number that begins like one (`N123`, `NR 5`).
    for piece in _PIECES.finditer(text, label.end, label.end + 80):
        if not (piece[0].startswith("(") or _FOLLOWING.fullmatch(piece[0])):
            break
        position = piece.end()
    return position
