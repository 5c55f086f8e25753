"""What was bought with each card, by group of goods and by day, kept beside the receipts."""
