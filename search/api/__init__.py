"""The public reading interface of the search, `/api/v1/` (docs/api.md)."""
