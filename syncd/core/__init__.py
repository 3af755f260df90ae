"""The pure core: what a record is, when two are the same, what may be said of a document, what changed, and who acted
together."""
