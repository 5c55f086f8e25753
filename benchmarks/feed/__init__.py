"""Measures the dispatcher's feed over ten million acts: a command of its own, for making them takes a while."""
