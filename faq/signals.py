"""The address of a question taken away leads to its successor, as it did while the question was retired."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver
from wagtail.contrib.redirects.models import Redirect
from wagtail.signals import page_published, page_unpublished

from faq.models import QuestionPage
from faq.queries import last_successor, predecessors
from portal.core.signals import announce


def _old_path(question: QuestionPage) -> str:
    return str(Redirect.normalise_path(urlsplit(question.get_url() or "").path))


@receiver(page_unpublished, sender=QuestionPage)
@receiver(page_published, sender=QuestionPage)
def retired_or_not(instance: QuestionPage, **kwargs: Any) -> None:
    """Whether a question leads on changes with what replaces it: lists, indexes and caches hear of it."""
    for page in predecessors(instance):
        announce(page)


@receiver(page_unpublished, sender=QuestionPage)
def lead_on(instance: QuestionPage, **kwargs: Any) -> None:
    """Taken offline or deleted: readers with the old address find the answer that counts now."""
    successor = last_successor(instance)
    if successor is not None:
        old_path = _old_path(instance)
        Redirect.objects.filter(old_path=old_path).delete()
        Redirect.add_redirect(old_path, redirect_to=successor)


@receiver(pre_delete, sender=QuestionPage)
def pass_on(instance: QuestionPage, **kwargs: Any) -> None:
    """What led to a question that goes leads to its own successor.

    Redirects are made anew: the old rows go with the page, whatever they then point to.
    """
    successor = last_successor(instance)
    if successor is None:
        return
    before = list(QuestionPage.objects.filter(successor=instance).exclude(pk=successor.pk))
    QuestionPage.objects.filter(pk__in=[page.pk for page in before]).update(successor=successor)
    for page in before:
        announce(page)
    leading = Redirect.objects.filter(redirect_page=instance.pk)
    paths = list(leading.values_list("old_path", flat=True))
    leading.delete()
    for path in paths:
        Redirect.add_redirect(path, redirect_to=successor)


@receiver(post_delete, sender=QuestionPage)
def leave_nothing(instance: QuestionPage, **kwargs: Any) -> None:
    """Where a successor goes in the same step, nothing may be left that leads to it."""
    Redirect.objects.filter(redirect_page=instance.pk).delete()


@receiver(page_published, sender=QuestionPage)
def stand_again(instance: QuestionPage, **kwargs: Any) -> None:
    """Published again, the question answers itself."""
    Redirect.objects.filter(old_path=_old_path(instance)).delete()
