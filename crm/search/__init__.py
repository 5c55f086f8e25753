"""One search over parties, cards, business documents and notes."""
