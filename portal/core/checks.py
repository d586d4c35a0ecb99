"""Project rules as Django system checks."""
