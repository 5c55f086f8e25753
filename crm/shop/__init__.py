"""The shop itself: its own data, and how far it is set up."""
