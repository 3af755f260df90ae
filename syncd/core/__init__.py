"""The pure core: the record, when two records are the same, what of a document is admitted, what changed, and which
authorities acted together."""
