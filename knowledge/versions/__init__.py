"""Published versions for readers: their list, and the difference between any two (docs/versions.md)."""
