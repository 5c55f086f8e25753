"""The back office: server-rendered pages that work without scripts, and better with them."""
