"""The web application, the command line and the only place that wires things together."""
