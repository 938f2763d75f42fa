"""How the database is made and brought up to date."""
