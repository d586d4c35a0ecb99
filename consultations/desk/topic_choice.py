"""The choice of a topic in the centre's forms: what is not public is marked, so that nobody shows it unawares."""

from __future__ import annotations

from typing import Any

from django import forms

from knowledge.models import TopicPage
from portal.core.visibility import Visibility, current_restriction_levels, level_of_path

_ONLY_FOR = {
    Visibility.MUNICIPALITY: "nur angemeldete Kommunen",
    Visibility.CENTRE: "nur Kompetenzstelle",
    Visibility.NOBODY: "nur Kompetenzstelle",
}


class TopicField(forms.ModelChoiceField):  # type: ignore[type-arg]  # no generic class at run time
    """A choice of topics for the centre: of those that are not public it says who may read them."""

    def label_from_instance(self, obj: Any) -> str:
        return marked(obj)


def marked(topic: TopicPage) -> str:
    """Return the title of a topic and, where it is not public, who may read it."""
    only = _ONLY_FOR.get(level_of_path(topic.path, current_restriction_levels()))
    return f"{topic.title} ({only})" if only else topic.title
