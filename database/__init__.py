"""The database without a business word: engine, embedded PostgreSQL, migrations, journal."""
