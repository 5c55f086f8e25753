"""Series, cards and price lists."""
