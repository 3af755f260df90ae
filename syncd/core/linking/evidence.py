"""The results of linking: a link between two records, and the sentences that give its reasons."""

from typing import Literal

from msgspec import Struct

Decision = Literal["linked", "suggested"]
Verdict = Literal["confirmed", "forbidden"]
ReasonKind = Literal[
    "decision",
    "reference",
    "imo",
    "identifier",
    "passport",
    "national_id",
    "tax",
    "registration",
    "crypto_address",
    "bic",
    "lei",
    "name",
    "birth_date",
    "birth_place",
    "nationality",
    "country",
    "place",
    "programme",
    "gender",
    "contradiction",
    "other_partner",
]


class Reason(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of evidence: `text` is a sentence for a person."""

    kind: ReasonKind
    text: str


class Link(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Two records of different lists that are, or may be, of one target. `a` and `b` are keys, `a` < `b`; `score` is
    0 … 1. `suggested` triggers nothing."""

    a: str
    b: str
    score: float
    decision: Decision


class Explained(Link, frozen=True, kw_only=True, omit_defaults=True):
    """A link with its reasons. The reasons are made on demand: most links are never shown."""

    reasons: tuple[Reason, ...]


class Settled(Struct, frozen=True, kw_only=True):
    """What changed since the last time: a link that changed is in both."""

    added: tuple[Link, ...]
    removed: tuple[tuple[str, str], ...]
