"""How long it takes to count segments over a large company's cards and receipts."""
