"""Titles of topics and pages outside the centre: nobody learns that of a closed or unpublished one."""

from __future__ import annotations

from typing import Any

from knowledge.models import TopicPage
from knowledge.queries import Reader
from portal.accounts.models import User
from portal.core.visibility import Visibility, level_of, level_of_user


def title_for(reader: Reader, topic: TopicPage | None) -> str:
    """Return the title of a topic as it is now for somebody who may read it, else nothing; no query."""
    return topic.title if topic is not None and topic.live and reader.may_read(topic.path) else ""


def public_title(topic: TopicPage | None) -> str:
    """Return the title of a topic everybody may read, for texts whose readers are not known; else nothing."""
    if topic is None or not topic.live or level_of(topic) is not Visibility.PUBLIC:
        return ""
    return topic.title


def may_be_told(page: Any, person: User | None) -> bool:
    """True where whoever asked may open a live page: its very address has the title in it."""
    return bool(page.live) and level_of_user(person).covers(level_of(page))
