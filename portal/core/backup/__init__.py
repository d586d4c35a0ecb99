"""A backup is a folder: the database, the uploaded files and a manifest with counts and checksums."""
