"""Events: what is planned and what happened; those of contact kinds are the log of contacts."""
