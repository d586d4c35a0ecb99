"""People, sessions and something to show on every screen of the prepared portal; printed as JSON.

Run with the portal's environment (`python -m tests.browser.made_up`); run again it adds nothing twice.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from importlib import import_module
from typing import Any

import django

# A session's proof of identity counts as fresh for the whole test run.
AHEAD = 6 * 60 * 60
FACTOR_LESS = "neu@demo.example"
LOST = "verloren@demo.example"
KEYS = "passkey@demo.example"


def open_session(user: Any, *, factor: bool = False, at: float | None = None) -> str:
    """Open a session as the login leaves it, with or without a second factor shown."""
    from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
    from allauth.account.internal.flows.login import record_authentication
    from allauth.usersessions.models import UserSession
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.test import RequestFactory

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    request: Any = RequestFactory().get("/")
    request.session, request.user = session, user
    request.META["HTTP_USER_AGENT"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    for method in ("password", "mfa") if factor else ("password",):
        record_authentication(request, user, method=method, reauthenticated=True)
    moment = time.time() + AHEAD if at is None else at
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] = moment
    session.save()
    UserSession.objects.create_from_request(request)  # it stands in the person's list of sessions
    return str(session.session_key)


def make_person(email: str, last_name: str, role: str) -> Any:
    """Make an account of one role, or of a municipality."""
    from django.contrib.auth.models import Group

    from portal.accounts import demo, services
    from portal.accounts.models import User

    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, demo.PASSWORD, first_name="Demo", last_name=last_name)
        services.set_email(user=user, verified=True)
        if role:
            user.groups.add(Group.objects.get(name=role))
    return user


def make_factors(user: Any) -> int:
    """Give a person an app, two keys and codes; the keys sign nothing, they only stand in lists."""
    from allauth.mfa.adapter import get_adapter
    from allauth.mfa.models import Authenticator
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    from portal.accounts.demo import TOTP_SECRET

    if not Authenticator.objects.filter(user=user).exists():
        secret = {"secret": get_adapter().encrypt(TOTP_SECRET)}
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=secret)
        for name, passkey in (
            ("Dienst-Laptop im Bürgerservice der Stadtverwaltung", True),
            ("USB-Schlüssel", False),
        ):
            credential = {"clientExtensionResults": {"credProps": {"rk": passkey}}}
            data = {"name": name, "credential": credential}
            Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)
        RecoveryCodes.activate(user)
    key = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).first()
    return int(key.pk) if key else 0


def make_sessions() -> dict[str, str]:
    """One session for each situation of a person the pages differ by."""
    from portal.accounts.models import User

    people = {email.split("@")[0]: user for user in User.objects.filter(is_active=True) if (email := user.email)}
    return {
        "administration": open_session(people["administration"], factor=True),
        "second administration": open_session(people["administration2"], factor=True),
        "reviewer": open_session(people["pruefung"], factor=True),
        "editor": open_session(people["redaktion"], factor=True),
        "outside adviser": open_session(people["verband"], factor=True),
        "coordinator": open_session(people["koordination"], factor=True),
        "municipality": open_session(people["kommune"]),
        "town administrator": open_session(people["kommune-verwaltung"]),
        "asking": open_session(people["kommune-anfrage"]),
        "long ago": open_session(people["kommune"], at=time.time() - AHEAD),
        "keys": open_session(people["passkey"], factor=True),
        "keys, long ago": open_session(people["passkey"], factor=True, at=time.time() - AHEAD),
        "without factor": open_session(people["neu"]),
    }


def make_reset(user: Any, by: Any) -> int:
    from portal.accounts import services
    from portal.accounts.queries import open_factor_resets

    reason = "Diensttelefon verloren, Rückruf unter der bekannten Nummer am 3. August"
    found = open_factor_resets().filter(user=user).first()
    return int((found or services.request_factor_reset(user=user, by=by, reason=reason)).pk)


def make_operations() -> dict[str, int]:
    """Something on the screens of operation: a stuck message, an open task, a tag."""
    from django.utils import timezone

    from portal.core import outbox, work
    from portal.core.models import OutboxMessage, Tag
    from tests.browser.made_up_search import make_rule

    later = timezone.now() + timedelta(days=9)
    message = outbox.enqueue(kind="browser", key="browser", payload={}, not_before=later)
    OutboxMessage.objects.filter(pk=message.pk).update(attempts=6, error="ConnectionError: nicht erreichbar")
    today = timezone.localdate()
    work.open_item(kind="review", title="Größenklassen prüfen", dedupe_key="browser", due_on=today)
    tag, _ = Tag.objects.get_or_create(name="Prüfstein")
    return {"message": message.pk, "tag": tag.pk, "rule": make_rule()}


def make_review() -> dict[str, int]:
    """A page with a correction notice, and a term that waits for its review."""
    from django.contrib.auth import get_user_model

    from faq.models import QuestionPage
    from knowledge.models import GlossaryTerm
    from portal.core.review import corrections

    people = get_user_model().objects
    page = QuestionPage.objects.live().order_by("path").first()
    term = GlossaryTerm.objects.filter(live=True).order_by("pk").first()
    assert page is not None
    assert term is not None
    flow = term.current_workflow_state
    if flow is None:
        administrator = people.get(email="administration@demo.example")
        corrections.publish(page=page, text="Die Frist endet am 31. Dezember.", user=administrator)
        term.meaning = "Geändert."
        term.save_revision()
        flow = term.get_workflow().start(term, people.get(email="redaktion@demo.example"))
    return {"corrected": page.pk, "flow": flow.pk}


def make_versions() -> None:
    """Two more published versions of an article: a text, a list and a table that changed, a block that moved."""
    from knowledge.models import ArticlePage

    page = ArticlePage.objects.get(slug="noots-anschluss-vorbereiten")
    if page.version_number > 1:
        return
    body = list(page.body.get_prep_value())
    for fee, day, order in (("120", "31. März", (0, 1)), ("140", "30. Juni", (1, 0))):
        rows = [{"values": ["Gemeinde", f"{fee} Euro"]}, {"values": ["Landkreis", "300 Euro"]}]
        columns = [{"type": "text", "heading": name} for name in ("Wer", "Kosten")]
        table = {"caption": "Kosten im Jahr", "table": {"columns": columns, "rows": rows}}
        text = f"## Bis wann\n\nDer Antrag muss bis zum {day} vorliegen.\n\n- Antrag\n- Nachweis vom {day}\n"
        more = [
            {"type": "markdown", "id": "b1e0a6f5-3e0e-4c1b-9c53-3f6a0c0b7a01", "value": text},
            {"type": "table", "id": "b1e0a6f5-3e0e-4c1b-9c53-3f6a0c0b7a02", "value": table},
        ]
        page.body = page.body.stream_block.to_python([*body, *(more[place] for place in order)])
        page.change_significance, page.change_summary = "major", f"Der Antrag muss bis zum {day} vorliegen."
        page.save_revision(clean=False).publish()
        page = ArticlePage.objects.get(pk=page.pk)


def make_feedback() -> dict[str, int]:
    """Feedback and a barrier that wait for an answer, and votes to count."""
    from django.utils import timezone

    from knowledge.feedback import services
    from knowledge.models import ArticlePage, FeedbackCount
    from portal.core import work

    page = ArticlePage.objects.get(slug="idnr-in-registern-speichern")
    FeedbackCount.objects.update_or_create(page=page, day=timezone.localdate(), defaults={"yes": 3, "no": 9})
    feedback = services.report(page=page, reason="Veraltet", text="Größe fehlt", email="ute@stadt.example")
    due = timezone.localdate() + timedelta(days=42)
    barrier = work.open_item(
        kind="barrier", title="Barriere: Übersicht", source="Barriere melden", due_on=due, dedupe_key="browser"
    )
    text = "Die Tabelle wird nicht vorgelesen."
    work.add_report(item=barrier, text=text, reply_to="nele@stadt.example")
    return {"feedback": feedback.pk, "barrier": barrier.pk, "voted": page.pk}


def make_upkeep(editor: str) -> dict[str, int]:
    """A person who is about to leave with a page long overdue for its review, and one who stays."""
    from django.utils import timezone

    from knowledge.models import ArticlePage
    from portal.core import work
    from portal.core.signals import announce

    leaving = make_person("geht@demo.example", "Größer", editor)
    make_person("bleibt@demo.example", "Bleibt", editor)
    page = ArticlePage.objects.live().order_by("pk").first()
    assert page is not None
    overdue = timezone.localdate() - timedelta(days=45)
    changes = {"next_review_on": overdue, "reviewed_at": None, "responsible_person": leaving, "deputy": None}
    ArticlePage.objects.filter(pk=page.pk).update(**changes)
    announce(page)
    work.open_item(kind="manual", title="Aufgabe einer Person, die geht", dedupe_key="geht", owner=leaving)
    return {"leaving": leaving.pk, "overdue": page.pk}


def make_expert() -> dict[str, Any]:
    """A draft with an outside expert who has said something; the link is a new one at each run."""
    from urllib.parse import urlsplit

    from django.contrib.auth import get_user_model

    from knowledge.models import ArticlePage
    from portal.core.experts import services, tokens
    from portal.core.models import ExpertInvitation, ExpertVote

    page = ArticlePage.objects.get(slug="noots-pflicht-mit-datum")
    invitation = ExpertInvitation.objects.filter(page=page).first()
    if invitation is None:
        editor = get_user_model().objects.get(email="redaktion@demo.example")
        page.short_answer = f"{page.short_answer} Bis wann, steht im Staatsvertrag."
        page.save_revision(user=editor, clean=False)
        page = ArticlePage.objects.get(pk=page.pk)
        invitation = services.invite(
            page=page, name="Demo Sachverständige", email="sachverstand@hochschule.example", user=editor,
            purpose="Stimmt die Angabe zum Staatsvertrag?",
        )  # fmt: skip
        revision = page.latest_revision
        text = "Der Staatsvertrag ist am 1. Oktober in Kraft getreten."
        services.comment(invitation=invitation, revision=revision, place="", text=text)
        services.vote(invitation=invitation, revision=revision, choice=ExpertVote.Choice.CHANGES)
    secret = tokens.new_secret()
    ExpertInvitation.objects.filter(pk=invitation.pk).update(secret_hash=tokens.hash_of(secret))
    return {"asked": page.pk, "expert": urlsplit(tokens.url(invitation, secret)).path}


def make_findings() -> dict[str, int]:
    """A link that is gone, and one that refuses machines, in sentences of an article."""
    from django.utils import timezone

    from knowledge.models import ArticlePage, ExternalLink, LinkPlace
    from knowledge.models.links import url_key

    page = ArticlePage.objects.get(slug="idnr-in-registern-speichern")
    _make_reports_full(page)
    now, pk = timezone.now(), 0
    for url, verdict, status in (
        ("https://weg.example/veroeffentlichungen/leitfaden-registermodernisierung-2024.pdf", "broken", 404),
        ("https://abweisend.example/", "unclear", 403),
    ):
        values = {
            "url": url, "verdict": verdict, "status": status, "problem": f"Die Seite antwortet mit {status}.",
            "failures": 12, "first_failed_at": now, "last_failed_on": timezone.localdate(), "last_checked": now,
            "reported_at": now,
        }  # fmt: skip
        link, _ = ExternalLink.objects.update_or_create(key=url_key(url), defaults=values)
        sentence = "Näheres steht im Leitfaden zur Registermodernisierung für Kommunen."
        LinkPlace.objects.get_or_create(
            link=link, page=page, spot="browser", label="Abschnitt 2 (Markdown)", sentence=sentence
        )
        pk = pk or link.pk
    return {"broken_link": pk}


def _make_reports_full(page: Any) -> None:
    """Something in each report on content: grades, a picture without text, a page nobody opens."""
    from datetime import date

    from django.core.files.base import ContentFile
    from django.utils import timezone
    from wagtail.models import Page

    from knowledge.models import MonthlyVisitCount, PicturePlace
    from knowledge.reading.passes import read
    from portal.core.models import PortalImage
    from tests.core import files

    read(page)
    picture = PortalImage.objects.filter(title="IMG_2041").first() or PortalImage.objects.create(
        title="IMG_2041", file=ContentFile(files.png(), name="img.png"), description="IMG_2041.JPG", licence="CC0"
    )
    PicturePlace.objects.get_or_create(page=page, image=picture, spot="browser", label="Abschnitt 3 (Bild)")
    MonthlyVisitCount.objects.get_or_create(page=page, month=date(2025, 3, 1), defaults={"count": 4})
    Page.objects.filter(pk=page.pk).update(first_published_at=timezone.now() - timedelta(days=200))


def make_torn_term() -> int:
    """A term whose draft is damaged: opening its form is an error of the server."""
    from wagtail.models import Revision

    from knowledge.models import GlossaryTerm

    term, made = GlossaryTerm.objects.get_or_create(
        slug="bruchstelle", defaults={"term": "Bruchstelle", "meaning": "Ein zerrissener Entwurf.", "live": False}
    )
    if made:
        Revision.objects.filter(pk=term.save_revision().pk).update(content={})
    return int(term.pk)


def find_content() -> dict[str, int]:
    """The numbers of one thing of each kind that has a form."""
    from django.db.models import Count
    from wagtail.models import Page, Site

    from faq.models import QuestionPage
    from knowledge.models import (
        Act,
        ArticlePage,
        Deadline,
        DecisionHelpPage,
        DecisionIndexPage,
        Fact,
        GlossaryTerm,
        RoleIndexPage,
        RolePage,
        TemplateIndexPage,
        TemplatePage,
        TopicIndexPage,
        TopicPage,
    )
    from portal.accounts.models import Municipality
    from portal.home.models import EasyLanguagePage, SignLanguagePage, StandardPage

    # One provision has all fields that sixty have, and axe-core is through with it in a tenth of the time.
    acts = Act.objects.annotate(number=Count("provisions")).filter(number__gt=0)
    return {
        "root": Page.objects.get(depth=2).pk,
        "template": TemplatePage.objects.live().earliest("pk").pk,
        "topic": TopicPage.objects.get(slug="civento").pk,
        "article": ArticlePage.objects.get(slug="idnr-in-registern-speichern").pk,
        "changed_article": ArticlePage.objects.get(slug="civento-in-der-kommune").pk,
        "question": QuestionPage.objects.live().earliest("pk").pk,
        "act": acts.order_by("number", "pk")[0].pk,
        "term": GlossaryTerm.objects.get(slug="ozg").pk,
        "deadline": Deadline.objects.get(slug="idnr-in-registern").pk,
        "fact": Fact.objects.get(identifier="R-05").pk,
        "unused_fact": Fact.objects.get(identifier="F-01").pk,
        "municipality": Municipality.objects.earliest("pk").pk,
        "topic_index": TopicIndexPage.objects.earliest("pk").pk,
        "decision_index": DecisionIndexPage.objects.earliest("pk").pk,
        "decision": DecisionHelpPage.objects.get(slug="idnr-in-unseren-registern").pk,
        "template_index": TemplateIndexPage.objects.earliest("pk").pk,
        "role_index": RoleIndexPage.objects.earliest("pk").pk,
        "role": RolePage.objects.get(role="leitung").pk,
        "standard": StandardPage.objects.get(slug="barrierefreiheit").pk,
        "easy": EasyLanguagePage.objects.earliest("pk").pk,
        "sign": SignLanguagePage.objects.earliest("pk").pk,
        "site": Site.objects.get(is_default_site=True).pk,
    }


def main() -> None:
    django.setup()
    from knowledge.models import TopicPage
    from portal.accounts.models import User
    from portal.accounts.roles import EDITOR
    from tests.browser import made_up_content as content
    from tests.browser.made_up_desk import make_desk
    from tests.browser.made_up_requests import make_requests

    make_person(FACTOR_LESS, "Ohne Faktor", EDITOR)
    lost = make_person(LOST, "Verlorener Faktor", EDITOR)
    make_factors(lost)
    key = make_factors(make_person(KEYS, "Mit Passkey", ""))
    reset = make_reset(lost, User.objects.get(email="administration2@demo.example"))
    make_versions()
    topic = TopicPage.objects.get(slug="civento")
    facts = {
        "sessions": make_sessions(), "reset": reset, "lost": lost.pk, "key": key, "torn": make_torn_term(),
        **make_operations(), **make_review(), **make_feedback(), **make_upkeep(EDITOR), **find_content(),
        **make_expert(), **make_findings(), **content.make_all_blocks(topic), **content.make_page_in_review(topic),
        **content.make_report(topic), **content.make_rows(), **content.make_town(), **content.make_calendar(),
        **make_requests(), **make_desk(),
    }  # fmt: skip
    sys.stdout.write(json.dumps(facts))


if __name__ == "__main__":
    main()
