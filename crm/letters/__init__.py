"""Correspondence: one journal of letters that came and went, on paper and by e-mail, in a tree of kinds."""
