"""Imports: receipts and parties of other systems from files, by mappings that say which column is what."""
