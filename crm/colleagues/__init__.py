"""Colleagues: the users of the back office as work sees them, by name, department and hours of a day."""
