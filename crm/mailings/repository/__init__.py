"""All SQL of mailings: themselves, who is written to, and what the sender asks."""
