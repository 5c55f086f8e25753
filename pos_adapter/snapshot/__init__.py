"""The till's copy of the cards and of all that prices: sealed, dated, and without a single card number."""
