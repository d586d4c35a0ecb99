"""Write a change row for everything findable that changes (same transaction)."""
