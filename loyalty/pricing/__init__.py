"""How a price is made. Pure."""
