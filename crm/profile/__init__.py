"""The profile of a party: how its panels stand for a user, and one timeline over every module."""
