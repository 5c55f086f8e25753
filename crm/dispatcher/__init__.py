"""The dispatcher's feed: one stream over the journal of every module, with what other programs tell of their work."""
