"""Cases as the desk shows them, the people of the desk, and uploads."""

from __future__ import annotations

from email.message import EmailMessage
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from consultations.models import Adviser, Case
from consultations.screens.advisers import AdviserViewSet
from consultations.services import assignment, cases
from portal.accounts.models import District, User
from tests.factories import calendar as make
from tests.people import make_user

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\nxref\n0 1\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF"


def person(role: str, email: str, **extra: Any) -> User:
    return make_user(email, role=role, **extra)


def adviser_with_role(name: str = "Größe", *, role: str = "Beratung", **fields: Any) -> Adviser:
    """Make an adviser with hours whose account has a role of the centre."""
    from django.contrib.auth.models import Group

    made = make.adviser(name, **fields)
    if role and made.user:
        made.user.groups.add(Group.objects.get(name=role))
    return made


def working_case(lead: Adviser, **fields: Any) -> Case:
    """Make a case in progress that somebody leads."""
    case = assignment.assign(case=make.case(**fields), adviser=lead, by=None, reason="Absprache")
    return cases.advance(case=case, action="start", by=lead.user)


def pdf(name: str = "Übersicht.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def png(name: str = "Bildschirm.png") -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (4, 4), "white").save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), content_type="image/png")


def eml(*, subject: str = "Frage zur Wohnsitzanmeldung", html: bool = False, **extra: Any) -> bytes:
    """Return an e-mail with a text and a PDF."""
    mail = EmailMessage()
    mail["From"] = extra.get("sender", "Käthe Müßig <kaethe@stadt.example>")
    mail["To"] = "beratung@kkv.example"
    mail["Subject"] = subject
    text = "Wie schließen wir uns an?\nViele Grüße"
    mail.set_content("<p>Wie schließen wir <b>uns</b> an?</p><script>x()</script>" if html else text,
                     subtype="html" if html else "plain")  # fmt: skip
    for name, content in extra.get("files", {"Ablauf.pdf": PDF}).items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def district(name: str = "Wetteraukreis") -> District:
    return District.objects.get_or_create(name=name, defaults={"key": "06440"})[0]


def stop_advising(adviser: Adviser, client: Client) -> int:
    """Take the mark from somebody's form; returns 302 when that was stored, 200 when it was refused."""
    hours = list(adviser.hours.all())
    data: dict[str, Any] = {"weight": 100, "overrides-TOTAL_FORMS": 0, "overrides-INITIAL_FORMS": 0}
    data |= {"hours-TOTAL_FORMS": len(hours), "hours-INITIAL_FORMS": len(hours)}
    for number, row in enumerate(hours):
        values = {
            "id": row.pk,
            "weekday": row.weekday,
            "starts": row.starts,
            "ends": row.ends,
            "ORDER": number + 1,
        }
        data |= {f"hours-{number}-{name}": value for name, value in values.items()}
    return client.post(reverse(AdviserViewSet().get_url_name("edit"), args=[adviser.pk]), data).status_code
