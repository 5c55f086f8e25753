"""What waits in the database for somebody to do it, for whoever watches over the service."""
