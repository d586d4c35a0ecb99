"""How the values of the search's filters are called: roles in a municipality, acts."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.acts import act_index
from knowledge.models.trust import Audience


def audience_labels(values: Iterable[str]) -> dict[str, str]:
    """Return the names of roles in their fixed order."""
    wanted = set(values)
    return {code: str(label) for code, label in Audience.choices if code in wanted}


def act_labels(values: Iterable[str]) -> dict[str, str]:
    """Return the abbreviations of live acts by slug, in alphabetical order; no query where acts are kept."""
    wanted = set(values)
    found = [act for act in act_index().by_pk.values() if act.slug in wanted]
    return {act.slug: act.abbreviation for act in sorted(found, key=lambda act: act.abbreviation.casefold())}
