"""Origins: which record was made from which, across all modules, as trees without cycles."""
