"""Keyed hashes outlive a change of SECRET_KEY: of addresses, of links, of mails that come back."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.keyed import KeyedHash
from portal.core.models import ConfirmationMail
from portal.core.subscriptions import addresses, services, tokens
from tests import secret_keys
from tests.factories.subscribing import subscriber

ADDRESS = "kaethe@gemeinde.example"


def test_a_hash_of_a_replaced_key_is_known_until_it_is_dropped(settings: Any) -> None:
    kind = KeyedHash("tests.keyed", 20, "sha1")
    made = [kind.of("Käthe")]
    for _ in range(2):
        secret_keys.replace(settings)
        made.insert(0, kind.of("Käthe"))
    assert kind.every("Käthe") == made
    assert len(set(made)) == 3
    assert all(kind.fits(value, "Käthe") for value in made)
    assert not kind.fits(made[0], "Uwe")
    assert not kind.fits("", "Käthe")
    assert not KeyedHash("tests.other", 20, "sha1").fits(made[0], "Käthe")
    settings.SECRET_KEY_FALLBACKS = []
    assert [kind.fits(value, "Käthe") for value in made] == [True, False, False]


@pytest.mark.django_db
def test_links_and_returned_mails_of_a_replaced_key_still_find_their_subscriber(settings: Any) -> None:
    who = subscriber(ADDRESS)
    manage, way_out = tokens.make(who, tokens.MANAGE), tokens.make(who, tokens.UNSUBSCRIBE)
    sent = tokens.message_id("d", 5, who)
    secret_keys.replace(settings)
    assert tokens.open_link(manage, tokens.MANAGE) == who
    assert tokens.subscriber_of_message(sent) == who
    services.forget(subscriber=who, reason="asked")
    again = subscriber(ADDRESS)
    assert tokens.subscriber_of_message(sent) == again
    assert tokens.open_link(way_out, tokens.UNSUBSCRIBE) == again


@pytest.mark.django_db
def test_mails_nobody_has_answered_still_count(settings: Any) -> None:
    settings.SUBSCRIPTION_CONFIRMATIONS = 1
    who = subscriber(ADDRESS)
    ConfirmationMail.objects.create(address_key=addresses.address_key(ADDRESS), sent_at=who.created_at)
    secret_keys.replace(settings)
    assert not services._may_ask(ADDRESS)
    assert services._may_ask("uwe@gemeinde.example")
