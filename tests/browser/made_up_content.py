"""A page with a block of every kind, an image and a file: the starter content has none of them."""

from __future__ import annotations

from typing import Any

SLUG = "alle-bausteine"
LICENCE = "eigenes Werk"


def make_image() -> Any:
    from io import BytesIO

    from django.core.files.base import ContentFile
    from PIL import Image

    from portal.core.models import PortalImage

    content = BytesIO()
    Image.new("RGB", (400, 300), "navy").save(content, "PNG")
    file = ContentFile(content.getvalue(), name="bausteine.png")
    return PortalImage.objects.create(title="Bürgerbüro", description="Ein Raum", licence=LICENCE, file=file)


def make_document() -> Any:
    from django.core.files.base import ContentFile

    from portal.core.models import PortalDocument

    file = ContentFile("Größe prüfen".encode(), name="bausteine.txt")
    document = PortalDocument.objects.create(title="Prüfliste für Größenklassen", licence=LICENCE, file=file)
    document.tags.add("Prüfstein")
    return document


def all_blocks(image: Any, document: Any) -> list[dict[str, Any]]:
    """A body with one block of every kind, as it is stored."""
    from faq.models import QuestionPage

    items = [{"title": "Zuständigkeit klären", "text": "Mit dem **Hauptamt**."}]
    table = {
        "columns": [{"type": "text", "heading": "Größe"}, {"type": "text", "heading": "Frist"}],
        "rows": [{"values": ["klein", "31. Dezember"]}, {"values": ["groß", "30. Juni"]}],
        "caption": "",
    }
    values: dict[str, Any] = {
        "markdown": "Ein Absatz über *Öffnungszeiten*.",
        "text": "<p>Ein Absatz über <b>Öffnungszeiten</b>.</p>",
        "callout": {"kind": "frist", "title": "Frist", "text": "Bis zum Jahresende."},
        "steps": {"title": "So gehen Sie vor", "items": items},
        "checklist": {"title": "Prüfen", "items": [{"text": "Register nennen", "role": "", "reason": "Pflicht"}]},
        "table": {"caption": "Fristen", "first_column_is_header": True, "table": table},
        "accordion": {"title": "Mehr dazu", "items": items},
        "image": {"image": image.pk, "alt": "", "caption": "Das Bürgerbüro"},
        "file": {"document": document.pk, "title": "Prüfliste"},
        "quote": {"text": "Digital zuerst.", "source": "Leitbild", "url": "https://example.org/"},
        "question": QuestionPage.objects.live().earliest("pk").pk,
    }  # fmt: skip
    return [{"type": kind, "value": value} for kind, value in values.items()]


def make_all_blocks(topic: Any) -> dict[str, int]:
    """A draft with a block of every kind; no journey and no list readers see touches it."""
    import json

    from knowledge.models import ArticlePage

    page = ArticlePage.objects.filter(slug=SLUG).first()
    if page is None:
        image, document = make_image(), make_document()
        page = ArticlePage(
            title="Alle Bausteine", slug=SLUG, short_answer="Ja.", live=False,
            body=json.dumps(all_blocks(image, document)),
        )  # fmt: skip
        topic.add_child(instance=page)
        page.save_revision()
    from portal.core.models import PortalDocument, PortalImage

    image, document = PortalImage.objects.get(title="Bürgerbüro"), PortalDocument.objects.get(licence=LICENCE)
    return {"all_blocks": page.pk, "image": image.pk, "document": document.pk}


def make_page_in_review(topic: Any) -> dict[str, int]:
    """A page that waits for its review; like the page of all blocks it stays a draft."""
    from django.contrib.auth import get_user_model

    from knowledge.models import ArticlePage

    page = ArticlePage.objects.filter(slug="wartet-auf-freigabe").first()
    if page is None:
        editor = get_user_model().objects.get(email="redaktion@demo.example")
        page = ArticlePage(title="Wartet auf Freigabe", slug="wartet-auf-freigabe", short_answer="Ja.", live=False)
        topic.add_child(instance=page)
        page.save_revision(user=editor, clean=False)
        page.get_workflow().start(page, editor)
    flow = page.current_workflow_state
    assert flow is not None
    return {"page_flow": flow.pk}


def make_report(topic: Any) -> dict[str, int]:
    """A published Praxisbericht with a contact, handed in by somebody of a municipality."""
    from datetime import timedelta

    from django.utils import timezone

    from knowledge.models import ArticlePage
    from knowledge.reports import services
    from portal.accounts.models import Membership

    page = ArticlePage.objects.filter(slug="bericht-aus-der-praxis").first()
    if page is None:
        membership = Membership.objects.filter(user__email="kommune@demo.example", state="confirmed").earliest(
            "pk"
        )
        data = {
            "title": "Bericht aus der Praxis", "product": "Demo-Dienst", "effort_days": 12, "summary": "Es läuft.",
            "story": "Erst die Zuständigkeit klären.", "lessons": "- Früh schulen", "contact_consent": True,
            "contact_name": "Demo Person", "contact_email": "person@kommune.example",
            "contact_until": timezone.localdate() + timedelta(days=90),
        }  # fmt: skip
        page = services.submit(
            person=membership.user, municipality=membership.municipality, topic=topic, data=data
        )
        page.latest_revision.publish()
    return {"report": page.pk}


def make_rows() -> dict[str, int]:
    """A redirect, a membership, and the district of a form."""
    from wagtail.contrib.redirects.models import Redirect

    from portal.accounts.models import District, Membership

    redirect, _ = Redirect.objects.get_or_create(old_path="/frueher", defaults={"redirect_link": "/themen/"})
    return {
        "redirect": redirect.pk,
        "membership": Membership.objects.earliest("pk").pk,
        "district": District.objects.earliest("pk").pk,
    }


def make_town() -> dict[str, Any]:
    """People of the demo town: one asked to confirm, the only administrator, a domain of two bodies."""
    from urllib.parse import urlsplit

    from django.utils import timezone

    from portal.accounts import renewal
    from portal.accounts.models import MailDomain, Membership, Municipality

    rows = Membership.objects.select_related("user", "municipality")
    member = rows.get(user__email="kommune@demo.example")
    Membership.objects.filter(pk=member.pk).update(asked_at=timezone.now())
    domain, _ = MailDomain.objects.get_or_create(municipality=member.municipality, domain="musterstadt.example")
    other = Municipality.objects.exclude(pk=member.municipality_id).earliest("pk")
    MailDomain.objects.get_or_create(municipality=other, domain="musterstadt.example")
    return {
        "renewal": urlsplit(renewal.make_link(member.user)).path,
        "colleague": member.pk,
        "town_admin": rows.get(user__email="kommune-verwaltung@demo.example").pk,
        "external": rows.get(user__email="verband@demo.example").pk,
        "domain": domain.pk,
    }


def make_calendar() -> dict[str, int]:
    """An adviser with hours, an exception and an absence; formats and closures come with the portal."""
    from datetime import date, time

    from consultations.models import Absence, Adviser, Closure, DateOverride, Format, WeeklyHours
    from portal.accounts.models import User

    adviser, made = Adviser.objects.get_or_create(user=User.objects.get(email="beratung@demo.example"))
    if made:
        WeeklyHours.objects.create(adviser=adviser, weekday=1, starts=time(9), ends=time(12))
        DateOverride.objects.create(adviser=adviser, day=date(2031, 9, 2))
        Absence.objects.create(adviser=adviser, first_day=date(2031, 8, 4), last_day=date(2031, 8, 22))
    return {
        "adviser": adviser.pk,
        "absence": Absence.objects.earliest("pk").pk,
        "format": Format.objects.get(key="fachberatung").pk,
        "closure": Closure.objects.earliest("pk").pk,
    }
