"""The SQL of reports: facts by day, what they are grouped and filtered by, and the few of a shape of their own."""
