"""What follows when an act, a term, a picture or a file changes: tables are read anew, pages rendered again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver
from wagtail.models import Page, Revision

from knowledge import generations
from knowledge.deadlines.services import REVIEW_DEADLINE
from knowledge.facts.services import end_reviews
from knowledge.models import (
    Act,
    Deadline,
    GlossaryTerm,
    GoneDeadline,
    LawSection,
    LawText,
    LegalReference,
    Provision,
    TopicPage,
)
from portal.core import work
from portal.core.models import PortalDocument, PortalImage, WorkItem
from portal.core.review.plans import call_off
from portal.core.signals import announce, content_changed
from portal.core.visibility import Visibility, level_of_path, restriction_levels
from search import changes

_collected: ContextVar[list[str] | None] = ContextVar("collected_act_names", default=None)


@contextmanager
def collected_act_names() -> Iterator[list[str]]:
    """Collect the names of changed acts instead of making one task for each; whoever imports renders once."""
    names: list[str] = []
    token = _collected.set(names)
    try:
        yield names
    finally:
        _collected.reset(token)


@receiver(content_changed, sender=GlossaryTerm)
def _term_changed(**kwargs: Any) -> None:
    generations.renew(generations.GLOSSARY)


@receiver(pre_delete, sender=Act)
@receiver(pre_delete, sender=GlossaryTerm)
def _snippet_deleted(instance: Act | GlossaryTerm, **kwargs: Any) -> None:
    """Announce what goes, also where many are deleted at once, which asks no model's `delete`."""
    if isinstance(instance, Act):
        instance.mark_as_gone()
        # What pages cite goes with the act: they have to be read again, though their text may stay as it is.
        citing = LegalReference.objects.filter(act=instance.pk)
        changes.record(Page, citing.values_list("page_id", flat=True).distinct())
    end_reviews(instance)
    announce(instance, deleted=True)


@receiver(pre_delete, sender=Deadline)
def _deadline_deleted(instance: Deadline, **kwargs: Any) -> None:
    GoneDeadline.remember(instance)
    end_reviews(instance)
    work.close_item(kind=REVIEW_DEADLINE, dedupe_key=str(instance.pk), state=WorkItem.State.DISMISSED)
    announce(instance, deleted=True)


@receiver(pre_delete, sender=TopicPage)
def _topic_deleted(instance: TopicPage, **kwargs: Any) -> None:
    """A deadline is closed with its topic: when a closed one goes, what it closed goes offline, not open.

    Nor does it open later what was scheduled or under review for the readers of that topic.
    """
    closed = level_of_path(instance.path, restriction_levels()) is not Visibility.PUBLIC
    kind = ContentType.objects.get_for_model(Deadline)
    drafted = Revision.objects.filter(base_content_type=kind, content__topic=instance.pk)
    planned = [int(pk) for pk in drafted.values_list("object_id", flat=True).distinct()]
    for deadline in Deadline.objects.filter(Q(topic=instance.pk) | Q(pk__in=planned)):
        if closed:
            call_off(deadline)
        if deadline.topic_id != instance.pk:
            continue
        if closed and deadline.live:
            deadline.unpublish()
        announce(deadline)


@receiver(pre_delete, sender=LawText)
def _wording_deleted(instance: LawText, **kwargs: Any) -> None:
    changes.record(LawSection, instance.sections.values_list("pk", flat=True))


@receiver(post_delete, sender=Provision)
def _provision_deleted(instance: Provision, **kwargs: Any) -> None:
    """A provision taken out of its act, or gone with it, is found no more."""
    changes.record(Provision, [instance.pk])


@receiver(content_changed, sender=Act)
def _act_changed(instance: Act, **kwargs: Any) -> None:
    """Pages that name the act get links to it (or lose them), once its names have really changed."""
    from knowledge.tasks import render_pages_naming

    generations.renew(generations.ACTS)
    names = instance.names_changed()
    collected = _collected.get()
    if collected is not None:
        collected += names
    elif names:
        render_pages_naming.enqueue(names)


@receiver(content_changed, sender=PortalImage)
@receiver(content_changed, sender=PortalDocument)
def _file_changed(instance: Any, **kwargs: Any) -> None:
    """Render the pages again that show a picture or a file; who they are is known before it goes, not after.

    Other pages need no rendering: their titles and addresses are filled in when a body is read.
    """
    from knowledge.tasks import pages_showing, render_pages_again

    if instance.pk and (ids := pages_showing(instance)):
        render_pages_again.enqueue(ids)
