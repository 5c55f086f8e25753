"""The till's journal: what cash registers were promised, until the server has it and the time to look back is over."""
