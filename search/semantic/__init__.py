"""The third retriever: passages as vectors. Optional, off by default; the search works the same without it."""
