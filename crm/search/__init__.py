"""One search over parties, cards, business documents, letters, mail and notes."""
