"""Outside experts behind their link: what they see, say and vote, and when it ends."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import signing
from django.test import Client
from django.utils import timezone

from knowledge.models import ArticlePage
from portal.core import ratelimit
from portal.core.experts import queries, services, tokens
from portal.core.models import AuditEntry, ExpertComment, ExpertInvitation, ExpertVote
from portal.core.open_form import SALT
from portal.core.review import queries as review
from portal.core.review import services as reviews
from tests import factories
from tests.factories.experts import invited
from tests.factories.review import REVIEWER, draft_article, person, save, submit

pytestmark = pytest.mark.django_db
BODY = "Die Frist endet am 31. März.\n\n## Wer zuständig ist\n\nDas Amt.\n\n## Was es kostet\n\nNichts."


@pytest.fixture
def page(anna: Any) -> ArticlePage:
    return draft_article(anna, body=factories.markdown(BODY))


@pytest.fixture
def link(page: ArticlePage, anna: Any) -> str:
    return invited(page, anna)[1]


def row() -> ExpertInvitation:
    return ExpertInvitation.objects.get()


def started(seconds: int = 10) -> str:
    """The mark of a form that was shown a while ago."""
    signer = signing.TimestampSigner(salt=SALT)
    stamp = signing.b62_encode(int(timezone.now().timestamp()) - seconds)
    value = f"form:{stamp}"
    return f"{value}:{signer.signature(value)}"


def send(link: str, client: Client | None = None, **data: Any) -> Any:
    shown = queries.draft_of(row())
    values = {"started": started(), "homepage": "", "fassung": str(shown.revision.pk if shown else ""), **data}
    return (client or Client()).post(link, values)


def remark(link: str, text: str = "Die Frist ist falsch.", **data: Any) -> Any:
    return send(link, anmerkung="1", text=text, **data)


def ballot(link: str, vote: str = "agree", **data: Any) -> Any:
    return send(link, votum="1", vote=vote, **data)


def logged(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action))


def test_the_link_goes_by_mail_and_only_its_hash_is_kept(page: ArticlePage, anna: Any, mailoutbox: Any) -> None:
    services.invite(page=page, name="Käthe", email="k@hochschule.example", purpose="Stimmt das?", user=anna)
    [mail] = mailoutbox
    assert mail.to == ["k@hochschule.example"]
    assert "Stimmt das?" in mail.body
    found = re.search(r"/entwurf/([^/\s]+)/", mail.body)
    assert found is not None
    invitation = row()
    assert found[1] not in str(vars(invitation))
    _, secret = signing.loads(found[1], salt=tokens.SALT)
    assert secret not in invitation.secret_hash
    assert tokens.open_link(found[1]) == invitation
    assert Client().get(f"/entwurf/{found[1]}/").status_code == 200
    [entry] = logged("expert.invite")
    assert entry.actor == anna.pk
    assert "Käthe" not in str(entry.detail)


def test_the_draft_as_the_public_would_read_it(link: str, page: ArticlePage) -> None:
    response = Client().get(link)
    html = response.content.decode()
    assert response.status_code == 200
    assert "Die Frist endet am 31. März." in html
    assert "Entwurf, nicht veröffentlicht" in html
    assert "Stimmt die Frist?" in html
    assert "<script" not in html
    assert "script-src &#x27;none&#x27;" in html or "script-src 'none'" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"  # tests/browser/test_experts.py says why
    assert "noindex" in response["X-Robots-Tag"]
    assert 'content="noindex' in html
    assert "X-Cache" not in response
    assert response["X-Frame-Options"] == "DENY"
    assert "War diese Seite hilfreich" not in html


def test_no_address_on_the_page_carries_the_token(link: str) -> None:
    html = Client().get(link).content.decode()
    token = link.strip("/").split("/")[1]
    places = [html[found.start() - 40 : found.end()] for found in re.finditer(re.escape(token), html)]
    assert len(places) == 2
    assert all('action="/entwurf/' in place for place in places)


def test_who_is_signed_in_changes_nothing(link: str, anna: Any) -> None:
    from tests.people import PortalClient

    client = PortalClient()
    client.force_login(anna)
    html = client.get(link).content.decode()
    assert "Bearbeiten" not in html
    assert "wagtail-userbar" not in html
    assert str(anna) not in html.replace("Dr. Käthe Groß", "")


def test_reading_is_noted_once_an_hour_and_changes_nothing_else(link: str) -> None:
    for _ in range(3):
        Client().get(link)
    Client().head(link)
    assert len(logged("expert.read")) == 1
    assert logged("expert.read")[0].actor is None
    ExpertInvitation.objects.update(last_read_at=timezone.now() - timedelta(hours=2))
    Client().get(link)
    assert len(logged("expert.read")) == 2
    assert not ExpertComment.objects.exists()
    assert not ExpertVote.objects.exists()


def test_remarks_about_the_whole_and_about_a_section(link: str, page: ArticlePage) -> None:
    response = remark(link)
    assert response.status_code == 302
    assert remark(link, "Welches Amt?", place="wer-zustaendig-ist").status_code == 302
    assert list(ExpertComment.objects.values_list("place", "text")) == [
        ("", "Die Frist ist falsch."),
        ("Wer zuständig ist", "Welches Amt?"),
    ]
    html = Client().get(link).content.decode()
    assert "Welches Amt?" in html
    entries = logged("expert.comment")
    assert len(entries) == 2
    assert "Frist" not in str(entries[0].detail)
    assert entries[0].object_id == str(page.pk)


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(link: str) -> None:
    def refused(response: Any, text: str, status: int = 422) -> str:
        html = response.content.decode()
        assert response.status_code == status
        assert text in html
        return str(html)

    refused(remark(link, ""), "Bitte schreiben Sie Ihre Anmerkung")
    refused(remark(link, "x" * 4001), "Bitte kürzen Sie")
    refused(remark(link, "Gut", place="gibt-es-nicht"), "Diese Auswahl gibt es hier nicht")
    assert "Gut so" in refused(remark(link, "Gut so", homepage="http://spam"), "verstecktes Feld")
    with time_machine.travel(timezone.now(), tick=False):  # a busy machine is not a slow person
        assert "Gut so" in refused(remark(link, "Gut so", started=started(0)), "Das ging sehr schnell")
    assert "Gut so" in refused(remark(link, "Gut so", started="gefälscht"), "lange geöffnet")
    refused(ballot(link, ""), "Bitte wählen Sie Ihr Votum")
    refused(ballot(link, "release"), "Diese Auswahl gibt es hier nicht")
    assert "Gut so" in refused(remark(link, "Gut so", fassung="0"), "inzwischen geändert")
    assert not ExpertComment.objects.exists()
    assert not ExpertVote.objects.exists()


def test_a_form_without_its_token_is_refused(link: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(link)
    assert send(link, client, anmerkung="1", text="Fremd").status_code == 403
    assert not ExpertComment.objects.exists()


def test_markup_is_text(link: str) -> None:
    remark(link, "<script>alert(1)</script>")
    assert "<script>alert" not in Client().get(link).content.decode()


def test_a_vote_counts_once_for_each_version_and_may_change(link: str) -> None:
    assert ballot(link, "agree").status_code == 302
    assert ballot(link, "changes").status_code == 302
    assert [vote.vote for vote in ExpertVote.objects.all()] == ["changes"]
    assert [entry.detail["vote"] for entry in AuditEntry.objects.filter(action="expert.vote").order_by("pk")] == [
        "agree",
        "changes",
    ]
    assert "Ich stimme mit Änderungen zu." in Client().get(link).content.decode()


def test_votes_release_nothing(link: str, page: ArticlePage, anna: Any) -> None:
    state = submit(page, anna)
    before = review.standing_of(state)
    for _ in range(3):
        ballot(link, "agree")
    assert review.standing_of(state) == before
    assert not review.standing_of(state).released
    fresh = ArticlePage.objects.get(pk=page.pk)
    assert not fresh.live
    assert fresh.current_workflow_task_state.pk == state.pk
    assert reviews.approve(task_state=state, user=person("Bernd", REVIEWER))
    assert ArticlePage.objects.get(pk=page.pk).live


def test_the_version_under_review_is_shown_and_what_came_later_is_said(
    link: str, page: ArticlePage, anna: Any
) -> None:
    assert "weiter am Text gearbeitet" not in Client().get(link).content.decode()
    save(page, anna, short_answer="Später geschrieben.")
    html = Client().get(link).content.decode()
    assert "Später geschrieben" not in html
    assert "weiter am Text gearbeitet" in html
    submit(page, anna)
    html = Client().get(link).content.decode()
    assert "Später geschrieben" in html
    assert "weiter am Text gearbeitet" not in html


def closed(link: str, text: str, status: int) -> None:
    for response in (Client().get(link), Client().post(link, {"anmerkung": "1", "text": "Noch etwas"})):
        html = response.content.decode()
        assert response.status_code == status
        assert text in html
        assert "Die Frist endet" not in html
        assert "Anträge für Bürger" not in html
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "no-referrer"
    assert not ExpertComment.objects.exists()
    assert not logged("expert.read")


def test_an_expired_link_says_so(link: str) -> None:
    old = timezone.now() - timedelta(days=20)
    ExpertInvitation.objects.update(created_at=old, expires_at=old + timedelta(days=14))
    closed(link, "Der Link ist abgelaufen", 410)


def test_a_revoked_link_says_so(link: str, anna: Any) -> None:
    services.revoke(invitation=row(), user=anna)
    services.revoke(invitation=row(), user=anna)
    assert len(logged("expert.revoke")) == 1
    closed(link, "zurückgezogen", 410)


def test_a_published_draft_says_so(link: str, page: ArticlePage, anna: Any) -> None:
    reviews.approve(task_state=submit(page, anna), user=person("Bernd", REVIEWER))
    closed(link, "inzwischen veröffentlicht", 410)


def test_a_deleted_page_leaves_nothing(link: str, page: ArticlePage) -> None:
    ArticlePage.objects.get(pk=page.pk).delete()
    assert not ExpertInvitation.objects.exists()
    closed(link, "Diesen Entwurf gibt es nicht", 404)


def test_wrong_tokens_say_nothing(link: str, page: ArticlePage) -> None:
    token = link.strip("/").split("/")[1]
    foreign = signing.dumps([row().pk, "geraten"], salt=tokens.SALT)
    other_purpose = signing.dumps([row().pk, "x"], salt="anders")
    odd = signing.dumps({"pk": 1}, salt=tokens.SALT), signing.dumps([None, None], salt=tokens.SALT)
    wrong = (
        token[:-2],
        token + "x",
        "x",
        "a" * 5000,
        foreign,
        other_purpose,
        *odd,
        signing.dumps([], salt=tokens.SALT),
    )
    for value in wrong:
        closed(f"/entwurf/{value}/", "Diesen Entwurf gibt es nicht", 404)
    assert Client().get("/entwurf/").status_code == 404


def test_guessing_and_flooding_are_limited(link: str, monkeypatch: Any) -> None:
    from portal.core.experts import views

    for _ in range(views.WRONG_LINKS):
        Client().get("/entwurf/falsch/")
    assert Client().get("/entwurf/falsch/").status_code == 429
    assert "Gerade zu viele Aufrufe" in Client().get(link).content.decode()


def test_too_many_remarks_are_limited_and_kept_in_the_form(link: str, rf: Any) -> None:
    from portal.core.experts import views

    request = rf.get("/")
    for _ in range(views.MESSAGES):
        ratelimit.count(request, "expert-message")
    response = remark(link, "Einer zu viel")
    assert response.status_code == 429
    assert "Einer zu viel" in response.content.decode()
    assert not ExpertComment.objects.exists()


def test_ended_between_reading_and_sending(link: str, page: ArticlePage, anna: Any) -> None:
    invitation = row()
    shown = queries.draft_of(invitation)
    assert shown is not None
    services.revoke(invitation=invitation, user=anna)
    with pytest.raises(services.ExpertRefused, match="gilt nicht mehr"):
        services.comment(invitation=invitation, revision=shown.revision, place="", text="Zu spät")
    with pytest.raises(services.ExpertRefused):
        services.vote(invitation=invitation, revision=shown.revision, choice=ExpertVote.Choice.AGREE)
    assert not ExpertComment.objects.exists()


def test_who_may_not_be_invited(page: ArticlePage, anna: Any) -> None:
    live = factories.article("Live ohne Entwurf")
    with pytest.raises(services.ExpertRefused, match="keinen Entwurf"):
        services.invite(page=live, name="K", email="k@x.example", purpose="", user=anna)
    for number in range(services.MAX_OPEN):
        services.invite(page=page, name="K", email=f"k{number}@x.example", purpose="", user=anna)
    with pytest.raises(services.ExpertRefused, match="schon 20"):
        services.invite(page=page, name="K", email="k@x.example", purpose="", user=anna)


def test_personal_data_is_erased_and_remarks_stay(link: str, page: ArticlePage, anna: Any) -> None:
    remark(link)
    other, _ = invited(page, anna)
    ended = timezone.now() - timedelta(days=settings.EXPERT_KEEP_DAYS + 1)
    ExpertInvitation.objects.exclude(pk=other.pk).update(created_at=ended - timedelta(days=1), expires_at=ended)
    assert "1" in services.erase()
    old = ExpertInvitation.objects.exclude(pk=other.pk).get()
    assert (old.name, old.email, old.purpose) == ("", "", "")
    assert old.comments.get().text == "Die Frist ist falsch."
    other.refresh_from_db()
    assert other.name == "Dr. Käthe Groß"
    assert services.erase() == ""
    assert len(logged("expert.erase")) == 1
    services.revoke(invitation=other, user=anna)
    ExpertInvitation.objects.filter(pk=other.pk).update(revoked_at=ended)
    services.erase()
    other.refresh_from_db()
    assert other.email == ""


def test_pages_without_a_body_can_be_read_too(anna: Any) -> None:
    topic = factories.topic("Ämter", live=False)
    topic.save_revision(user=anna)
    _, link = invited(type(topic).objects.get(pk=topic.pk), anna)
    assert Client().get(link).status_code == 200


def test_a_remark_that_comes_too_late_is_given_back(link: str, page: ArticlePage, anna: Any) -> None:
    text = "Eine lange Anmerkung.\n<b>Zweiter</b> Absatz."
    services.revoke(invitation=row(), user=anna)
    response = remark(link, text)
    assert response.status_code == 410
    html = response.content.decode()
    assert "Ihre Anmerkung wurde nicht gespeichert" in html
    assert "Eine lange Anmerkung.\n&lt;b&gt;Zweiter&lt;/b&gt; Absatz.</textarea>" in html
    ExpertInvitation.objects.update(revoked_at=None)
    reviews.approve(task_state=submit(page, anna), user=person("Bernd", REVIEWER))
    assert "Eine lange Anmerkung." in remark(link, text).content.decode()
    page.delete()
    response = Client().post(link, {"text": text})
    assert response.status_code == 404
    assert "Eine lange Anmerkung." in response.content.decode()
    assert 'id="typed"' not in Client().get(link).content.decode()
    assert not ExpertComment.objects.exists()
