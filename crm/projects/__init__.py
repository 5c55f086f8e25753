"""Projects: work of several people for one end, in phases; tasks, calls and events name the project they are of."""
