"""All SQL of planning: what fills people's days, and what is in a project."""
