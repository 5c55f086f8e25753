"""What people may ask of whoever keeps their data: a copy of all of it, and to be forgotten."""
