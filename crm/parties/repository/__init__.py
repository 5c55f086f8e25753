"""All SQL of parties, a file for each thing that is kept of one."""
