"""All SQL of events."""
