"""The SQL of notifications: rules, the notices that they make, how notices are read, and their way by e-mail."""
