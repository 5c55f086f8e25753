"""People and organisations and the work with them, on the same database as the cards."""
