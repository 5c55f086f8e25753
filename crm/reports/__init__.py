"""Reports: one way to ask, to count and to take along what the shop keeps, and the letters that bring it."""
