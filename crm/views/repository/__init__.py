"""All SQL of views: what filters ask, how pages are read, and what stands in columns."""
