"""Signs of misuse: computed from stored receipts, each with its reason and the receipts behind it."""
