"""All SQL of duplicates and merges."""
