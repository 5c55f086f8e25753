"""Who calls and what they may: tokens of tills, sessions of people, roles of both."""
