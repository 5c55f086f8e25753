"""Views of parties: which a list means, in which order, with which columns, and what is done to many at once."""
