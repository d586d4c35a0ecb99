"""Telling readers what has changed: subscriptions by e-mail, without an account (docs/subscriptions.md)."""
