"""HTTP to the publishers: their gates and documents. (The schema registry has a client of its own.)

client      limits, trust and proxy of the HTTP client
addresses   how addresses are shown, where redirects may lead
resolution  whether a host that a publisher names is outside
headers     the headers that are sent, and those that are read
sniff       the kind of a body, by its first bytes
unpack      content codings and ZIP, bounded, to a file with its hash
answers     the results of a request
fetcher     the requests themselves
pages       a list that comes in pages, put together
sharing     one document for several feeds
"""

from syncd.core.state import Validators
from syncd.fetch.answers import Answer, Fetched, NotModified
from syncd.fetch.fetcher import Fetcher
from syncd.fetch.sharing import SharingFetcher

__all__ = ["Answer", "Fetched", "Fetcher", "NotModified", "SharingFetcher", "Validators"]
