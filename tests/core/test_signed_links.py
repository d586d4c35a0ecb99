"""After a restore numbers are given anew: links of what was lost open nothing of somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.utils import timezone

from consultations.models import Case
from consultations.requester import tokens
from consultations.services import ratings
from portal.core.models import Subscriber
from portal.core.signed_links import made_before
from portal.core.subscriptions import tokens as subscription_links
from tests.factories import calendar

pytestmark = pytest.mark.django_db


def test_a_link_is_older_than_what_came_after_it() -> None:
    token, now = signing.dumps([1, 0], salt="x"), timezone.now()
    assert not made_before(token, now)
    assert not made_before(token, now - timedelta(days=9))
    assert made_before(token, now + timedelta(seconds=9))


def test_links_of_a_lost_case_open_no_other_one() -> None:
    case = calendar.case()
    rating, link = ratings.token_for(case), signing.dumps([case.pk, 0], salt=tokens.SALT)
    assert ratings.case_of(rating) == case
    Case.objects.filter(pk=case.pk).update(created_at=timezone.now() + timedelta(minutes=5))
    with pytest.raises(ratings.LinkBroken):
        ratings.case_of(rating)
    with pytest.raises(tokens.LinkReplaced):
        tokens.case_of(link)


@pytest.mark.parametrize("purpose", ["confirm", "manage", "unsubscribe"])
def test_links_of_a_lost_subscriber_are_about_nobody_else(purpose: str) -> None:
    lost = Subscriber.objects.create(address="b@ort.example")
    token, pk = subscription_links.make(lost, purpose), lost.pk
    lost.delete()
    other: Any = Subscriber.objects.create(pk=pk, address="c@ort.example")
    Subscriber.objects.filter(pk=pk).update(created_at=timezone.now() + timedelta(minutes=5))
    if purpose == "unsubscribe":
        assert subscription_links.open_link(token, purpose) is None
    else:
        with pytest.raises(subscription_links.LinkExpiredError):
            subscription_links.open_link(token, purpose)
    assert Subscriber.objects.filter(pk=other.pk).exists()
