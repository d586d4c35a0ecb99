"""Outside experts in the admin: who may invite, what is shown, and that it stays out of the decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from knowledge.models import ArticlePage
from portal.core.experts import services
from portal.core.models import AuditEntry, ExpertInvitation, ExpertVote
from tests.factories.experts import invited
from tests.factories.review import REVIEWER, draft_article, draft_term, person, submit
from tests.people import PortalClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(anna: Any) -> ArticlePage:
    return draft_article(anna)


def signed_in(user: Any) -> Client:
    client = PortalClient()
    client.force_login(user)
    return client


def screen(page: Any) -> str:
    return reverse("page_experts", args=[page.pk])


def data(**changes: Any) -> dict[str, Any]:
    values = {"name": "Dr. Käthe Groß", "email": "kaethe@hochschule.example", "purpose": "Stimmt die Frist?"}
    return {**values, "until": (timezone.localdate() + timedelta(days=5)).isoformat(), **changes}


def speak(page: Any, user: Any, text: str = "Die Frist ist falsch.") -> ExpertInvitation:
    """An expert who has written a remark and voted."""
    invitation, _ = invited(page, user)
    revision = invitation.revision
    assert revision is not None
    services.comment(invitation=invitation, revision=revision, place="Fristen", text=text)
    services.vote(invitation=invitation, revision=revision, choice=ExpertVote.Choice.REJECT)
    return invitation


@pytest.mark.parametrize("role", ["Redaktion", REVIEWER, "Koordination", "Administration"])
def test_an_expert_is_invited_and_withdrawn(page: ArticlePage, role: str, mailoutbox: Any) -> None:
    user = person("Cora", role)
    client = signed_in(user)
    assert client.get(screen(page)).status_code == 200
    response = client.post(screen(page), data())
    assert response.status_code == 302
    invitation = ExpertInvitation.objects.get()
    assert invitation.created_by == user
    assert timezone.localtime(invitation.expires_at).date() == timezone.localdate() + timedelta(days=6)
    assert [mail.to for mail in mailoutbox] == [["kaethe@hochschule.example"]]
    assert "Dr. Käthe Groß" in client.get(screen(page)).content.decode()
    assert "Dr. Käthe Groß" in client.get(reverse("expert_invitations")).content.decode()
    assert client.get(reverse("expert_revoke", args=[invitation.pk])).status_code == 405
    client.post(reverse("expert_revoke", args=[invitation.pk]))
    invitation.refresh_from_db()
    assert invitation.revoked_at is not None
    assert {entry.actor for entry in AuditEntry.objects.filter(action__startswith="expert.")} == {user.pk}


@pytest.mark.parametrize("role", ["Beratung", "Leitung", "Kommune"])
def test_others_neither_see_nor_invite(page: ArticlePage, anna: Any, role: str) -> None:
    invitation, _ = invited(page, anna)
    client = signed_in(person("Udo", role))
    for response in (
        client.get(screen(page)),
        client.post(screen(page), data()),
        client.get(reverse("expert_invitations")),
        client.post(reverse("expert_revoke", args=[invitation.pk])),
    ):
        assert response.status_code in {302, 403}
        assert "Käthe" not in response.content.decode()
    invitation.refresh_from_db()
    assert invitation.revoked_at is None
    assert ExpertInvitation.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "Bitte geben Sie den Namen an."),
        ({"email": "kaethe"}, "vollständige E-Mail-Adresse"),
        ({"email": ""}, "Bitte geben Sie die E-Mail-Adresse an."),
        ({"until": ""}, "bis wann der Link gilt"),
        ({"until": "2020-01-01"}, "Dieser Tag ist vorbei"),
        ({"until": "2999-01-01"}, "höchstens 90 Tage"),
        ({"purpose": "x" * 601}, "600"),
    ],
)
def test_a_wrong_invitation_says_what_to_do(page: ArticlePage, anna: Any, changes: Any, message: str) -> None:
    response = signed_in(anna).post(screen(page), data(**changes))
    assert response.status_code == 200
    assert message in response.content.decode()
    assert not ExpertInvitation.objects.exists()


def test_a_page_without_draft_says_so(page: ArticlePage, anna: Any) -> None:
    page.get_latest_revision().publish()
    response = signed_in(anna).post(screen(page), data())
    assert "keinen Entwurf" in response.content.decode()
    assert "kaethe@hochschule.example" in response.content.decode()


def test_what_experts_say_stands_on_the_edit_and_the_review_screen(page: ArticlePage, anna: Any) -> None:
    client = signed_in(anna)
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert "Stellungnahmen externer Fachleute" not in client.get(edit).content.decode()
    assert screen(page) in client.get(edit).content.decode()
    speak(page, anna, "Die <b>Frist</b> ist falsch.")
    state = submit(page, anna)
    reviewer = signed_in(person("Bernd", REVIEWER))
    decide = reverse("review_decide", args=[state.workflow_state_id, "freigeben"])
    for html in (client.get(edit).content.decode(), reviewer.get(decide).content.decode()):
        assert "Stellungnahmen externer Fachleute" in html
        assert "Ich lehne ab" in html
        assert "Die &lt;b&gt;Frist&lt;/b&gt; ist falsch." in html
    listed = reviewer.get(reverse("expert_invitations")).content.decode()
    assert screen(page) in listed
    assert "1 Anmerkung," in listed


def test_a_rejecting_vote_stops_no_release(page: ArticlePage, anna: Any) -> None:
    speak(page, anna)
    state = submit(page, anna)
    decide = reverse("review_decide", args=[state.workflow_state_id, "freigeben"])
    signed_in(person("Bernd", REVIEWER)).post(decide, {"comment": ""})
    assert ArticlePage.objects.get(pk=page.pk).live


def test_the_review_of_a_term_has_no_experts(anna: Any) -> None:
    state = submit(draft_term(anna), anna)
    decide = reverse("review_decide", args=[state.workflow_state_id, "freigeben"])
    html = signed_in(person("Bernd", REVIEWER)).get(decide).content.decode()
    assert "externer Fachleute" not in html


def test_the_screen_of_many_experts_costs_the_same(page: ArticlePage, anna: Any) -> None:
    client = signed_in(anna)
    counts = []
    for number in (1, 12):
        for _ in range(number):
            speak(page, anna)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(screen(page)).status_code == 200
        with CaptureQueriesContext(connection) as overall:
            assert client.get(reverse("expert_invitations")).status_code == 200
        counts.append((len(captured), len(overall)))
    assert counts[1][0] <= counts[0][0]
    assert counts[1][1] <= counts[0][1] <= 15


def test_pages_that_do_not_exist(anna: Any) -> None:
    assert signed_in(anna).get("/cms/fachleute/99999/").status_code == 404
    assert signed_in(anna).post("/cms/fachleute/99999/zurueckziehen/").status_code == 404
