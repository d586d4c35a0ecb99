"""`manage.py rebuild_index`: the earlier name of `search_rebuild`."""

from search.management.commands.search_rebuild import Command

__all__ = ["Command"]
