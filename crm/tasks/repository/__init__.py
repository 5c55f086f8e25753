"""All SQL of tasks, a module for each of its parts."""
