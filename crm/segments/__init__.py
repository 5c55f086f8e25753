"""Segments: parties by conditions, asked anew each time."""
