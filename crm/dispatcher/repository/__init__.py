"""The SQL of the feed: its rows, the records they are about, what programs tell, and what was promised."""
