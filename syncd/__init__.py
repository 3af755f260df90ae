"""syncd watches sanctions lists and tells what changed, once, in order, with the evidence."""

__version__ = "0.1.0"
