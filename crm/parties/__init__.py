"""Parties: people and organisations with their addresses and ways of contact."""
