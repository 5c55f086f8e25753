"""The append-only ledgers, what is kept beside them, and their proof."""
