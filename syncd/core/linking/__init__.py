"""Evidence that records of different lists are of one target: advisory, explained, and never a change of a record.

spelling      names as words in Latin letters, without articles, titles and legal forms
frequent      how common words are in names
features      a record as linking sees it
births, identifiers, programmes, names  how each kind of evidence is compared
score         evidence in bits, for and against, and the sentences that give it
blocking      which pairs are worth comparing
evidence      a link, its reasons, what changed
pairs         what is known of pairs of records, in few bytes
linker        links, kept as records come, change and go
kept          the state of a linker as bytes
"""

from syncd.core.linking.evidence import Decision, Explained, Link, Reason, Settled, Verdict
from syncd.core.linking.features import profile
from syncd.core.linking.kept import pack_linking, unpack_linking
from syncd.core.linking.linker import Linker

__all__ = [
    "Decision",
    "Explained",
    "Link",
    "Linker",
    "Reason",
    "Settled",
    "Verdict",
    "pack_linking",
    "profile",
    "unpack_linking",
]
