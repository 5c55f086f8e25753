"""The till: what a cash register speaks to. Of `loyalty` it knows the pure parts alone, of the database nothing."""
