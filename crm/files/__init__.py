"""Files that people keep beside parties, letters and the like: each content once, whoever refers to it."""
