"""Old addresses of what is no page (tags, acts, terms): each leads to the new one by a redirect of Wagtail."""

from __future__ import annotations

from collections.abc import Iterable

from wagtail.contrib.redirects.models import Redirect


def lead_on(pairs: Iterable[tuple[str, str]]) -> None:
    """Let old addresses lead to new ones, also those that lead to the old ones; call it inside the transaction."""
    for old, new in pairs:
        if old == new:
            continue
        ends = [Redirect.normalise_path(address) for address in (old, new)]
        Redirect.objects.filter(old_path__in=ends).delete()  # two rows for one address would answer neither
        Redirect.objects.filter(redirect_link=old).update(redirect_link=new)
        Redirect.add_redirect(old, redirect_to=new)


def writes_address(fields: Iterable[str] | None) -> bool:
    """Tell whether a save writes the address: when Wagtail saves a draft it names other fields."""
    return fields is None or "slug" in fields
