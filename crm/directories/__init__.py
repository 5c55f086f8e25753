"""Directories: the words a company chooses itself, such as legal statuses and relations."""
