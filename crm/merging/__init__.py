"""Duplicates of parties: found, compared side by side, merged into one, and taken apart again."""
