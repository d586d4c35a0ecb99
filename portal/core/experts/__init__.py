"""Outside experts read, comment and vote on a draft by a signed link (docs/expert-review.md)."""
