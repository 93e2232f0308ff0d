//! The estate, alerts and incidents in SQLite or PostgreSQL.
