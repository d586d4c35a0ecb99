"""After a restore nobody gets a mail a second time, and nobody who had unsubscribed gets one at all."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from portal.core import outbox
from portal.core.models import Delivery, Frequency, Subscriber
from portal.core.subscriptions import digest, holding, services
from tests import mails
from tests.factories import reading
from tests.factories.subscribing import publish, subscriber

pytestmark = pytest.mark.django_db
START = datetime.fromisoformat("2026-09-02T10:00:00+02:00")


def tell() -> list[str]:
    before = len(mails.sent())
    digest.tell_all()
    outbox.work_off()
    return [mail["To"] for mail in mails.sent()[before:]]


def test_what_was_told_between_backup_and_restore_is_not_told_again() -> None:
    with time_machine.travel(START, tick=False) as clock:
        page = reading.article(reading.topic(), "Öffnen")
        weekly, left = subscriber(), subscriber("weg@gemeinde.example")
        both = subscriber("zwei@gemeinde.example", ("page", page), ("all", None))
        subscriber("taeglich@gemeinde.example", frequency=Frequency.DAILY)
        publish(page)
        backup = dict(Subscriber.objects.values_list("pk", "told_until"))
        clock.move_to("2026-09-07T06:10:00+02:00")
        assert len(tell()) == 4
        for pk, told_until in backup.items():  # the restore puts the rows of the backup back
            Subscriber.objects.filter(pk=pk).update(told_until=told_until)
        Delivery.objects.all().delete()
        lines = holding.hold_all(timezone.now())
        assert "Zahl der Adressen: 4" in lines[0]
        assert "entfallen: 1." in lines[0]
        assert "subscription.forgotten" in lines[1]
        assert tell() == []
        publish(page, "Während alles ruht.")
        clock.shift(timedelta(days=8))
        assert tell() == []

        new = subscriber("neu@gemeinde.example")
        single = both.subscriptions.get(kind="all")
        call_command(
            "release_subscriptions", "--without", str(left.pk), str(new.pk), "--without-single", str(single.pk)
        )
        publish(page, "Nach der Freigabe.")
        clock.shift(timedelta(days=8))
        told = sorted(address.split("@")[0] for address in tell())
        assert told == ["kaethe", "neu", "taeglich", "zwei"]
        assert "Während alles ruht." not in mails.text_of(mails.sent()[-1])
        assert weekly.pk in backup
        assert both.subscriptions.count() == 1


def test_ending_one_of_several_subscriptions_leaves_a_line_to_find(caplog: pytest.LogCaptureFixture) -> None:
    page = reading.article(reading.topic())
    someone = subscriber("zwei@gemeinde.example", ("page", page), ("all", None))
    row = someone.subscriptions.get(kind="all")
    with caplog.at_level("INFO"):
        services.remove(subscriber=someone, subscription_id=row.pk)
    (line,) = [record for record in caplog.records if record.message == "subscription.removed"]
    assert (line.__dict__["subscriber"], line.__dict__["subscription"]) == (someone.pk, row.pk)
