"""Receipts and documents: posting, returns, voids, batches."""
