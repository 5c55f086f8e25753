"""What is wrong with an installation of the server, and how to mend it; it looks, and changes nothing."""
