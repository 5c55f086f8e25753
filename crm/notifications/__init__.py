"""Notifications: rules of what is told to whom and when, and the notices that they made."""
