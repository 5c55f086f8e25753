"""Attributes: what a company itself wants to know of its parties, cards and other records, defined on a page."""
