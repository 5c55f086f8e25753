"""Mailings: one message to many parties, when it goes out, and what became of it for each."""
