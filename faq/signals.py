"""The address of a question taken away leads to its successor, as it did while the question was retired."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.dispatch import receiver
from wagtail.contrib.redirects.models import Redirect
from wagtail.signals import page_published, page_unpublished

from faq.models import QuestionPage
from faq.queries import last_successor


def _old_path(question: QuestionPage) -> str:
    return str(Redirect.normalise_path(urlsplit(question.get_url() or "").path))


@receiver(page_unpublished, sender=QuestionPage)
def lead_on(instance: QuestionPage, **kwargs: Any) -> None:
    """Taken offline or deleted: readers with the old address find the answer that counts now."""
    successor = last_successor(instance)
    if successor is not None:
        Redirect.add_redirect(_old_path(instance), redirect_to=successor)


@receiver(page_published, sender=QuestionPage)
def stand_again(instance: QuestionPage, **kwargs: Any) -> None:
    """Published again, the question answers itself."""
    Redirect.objects.filter(old_path=_old_path(instance)).delete()
