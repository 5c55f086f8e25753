"""Calendars: what stands on which day, drawn from events, tasks and birthdays, and feeds for calendars elsewhere."""
