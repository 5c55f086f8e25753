"""Tasks: what people are to do, for whom and until when, each going through the business cycle of its kind."""
