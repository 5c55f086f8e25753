"""One search over parties, cards, business documents, letters and notes."""
