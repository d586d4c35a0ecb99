"""The mails of the demo on a page, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from portal.home import mail_files
from tests import mails

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
ADDRESS = "/demo/mails/"


@pytest.fixture
def demo(settings: Any) -> Any:
    settings.DEMO = True
    return settings


def write(subject: str) -> None:
    text = "Grüße\n\nhttp://testserver/beratung/ <script>x()</script>"
    message = EmailMultiAlternatives(subject, text, to=["a@ort.example"])
    message.attach_alternative("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar; method=REQUEST")
    message.attach("termin.ics", b"x", "application/ics")
    message.send()
    mails.deliver()


def test_it_shows_the_newest_first(demo: Any) -> None:
    assert "Noch keine E-Mail" in Client().get(ADDRESS).content.decode()
    write("Erste")
    write("Zweite über Öffentliches")
    html = Client().get(ADDRESS).content.decode()
    assert html.index("Zweite über Öffentliches") < html.index("Erste")
    assert '<a href="http://testserver/beratung/"' in html
    assert "<script>x()" not in html
    assert "BEGIN:VCALENDAR" in html
    assert "termin.ics" in html


def test_in_operation_it_does_not_exist(demo: Any) -> None:
    write("Geheim")
    demo.OUTBOX_EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert Client().get(ADDRESS).status_code == 404
    demo.OUTBOX_EMAIL_BACKEND = mail_files._FILES
    assert Client().get(ADDRESS).status_code == 200
    demo.DEMO = False
    assert Client().get(ADDRESS).status_code == 404
