"""HTTP to the publishers: their gates and documents. (The schema registry has a client of its own.)

addresses   how addresses are shown, where redirects may lead
headers     what is sent and what is read from what comes back
sniff       what a body is, told from its first bytes
unpack      content codings and ZIP, bounded, to a file with its hash
fetcher     the requests themselves
sharing     one document for several feeds
"""

from syncd.core.state import Validators
from syncd.fetch.answers import Answer, Fetched, NotModified
from syncd.fetch.fetcher import Fetcher
from syncd.fetch.sharing import SharingFetcher

__all__ = ["Answer", "Fetched", "Fetcher", "NotModified", "SharingFetcher", "Validators"]
