"""What a restore means for people outside: nothing is sent to them by itself that may have been sent already."""
