"""A million invented parties, and how long pages over them take."""
