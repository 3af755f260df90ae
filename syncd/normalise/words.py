"""Closed lists of words as publishers write them: booleans, yes and no, genders.

They are read by `Reading.word`, for which an unknown word decides nothing: it is kept, said, and the caller's
`otherwise` stands. Keys are in lower case and tidy.
"""

from syncd.core.model import Gender

# XSD booleans are `true`, `false`, `1` and `0` (XML Schema Part 2, 3.2.2); tables write Yes and No.
TRUTH: dict[str, bool] = {
    "true": True,
    "1": True,
    "yes": True,
    "y": True,
    "false": False,
    "0": False,
    "no": False,
    "n": False,
}

# Of a gender that nobody knows publishers write these.
NO_GENDER = frozenset({"?", "-", "unknown", "not known", "n/a", "u"})

GENDERS: dict[str, Gender] = {
    "male": "male",
    "m": "male",
    "man": "male",
    "masculin": "male",
    "男": "male",
    "男性": "male",
    "female": "female",
    "f": "female",
    "woman": "female",
    "féminin": "female",
    "feminin": "female",
    "女": "female",
    "女性": "female",
    "other": "other",
    "x": "other",
}
