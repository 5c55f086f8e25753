"""Planning: what tasks and events together say of a project, and of the days of whoever works."""
