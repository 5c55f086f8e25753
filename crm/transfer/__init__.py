"""Parties on their way in and out: files of rows that people put in at a page, and vCards."""
