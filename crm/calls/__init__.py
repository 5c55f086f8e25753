"""Incoming calls: told by the telephone exchange, shown to whom they ring, logged by who took them."""
