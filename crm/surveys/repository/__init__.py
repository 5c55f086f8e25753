"""All SQL of surveys: themselves, their calls, and what the answers come to."""
