"""Recipients of mailings: the row of each is the queue, the state and the truth of what it was sent."""
