"""All SQL of tiers, one file per use."""
