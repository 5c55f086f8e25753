"""All SQL of parties on their way in."""
