"""The draft behind an expert's link: as the public would read it, without scripts, with forms to answer."""

from __future__ import annotations

import copy
from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.core import ratelimit
from portal.core.experts import files, queries, services, tokens
from portal.core.experts.forms import CommentForm, VoteForm
from portal.core.experts.queries import Draft, State
from portal.core.experts.services import ExpertRefused
from portal.core.models import ExpertInvitation, ExpertVote
from portal.core.open_form import TOO_OFTEN, status_for

WRONG_LINKS, READS, FILES, MESSAGES = 30, 300, 600, 60  # an hour and address; a video is fetched in parts
MAX_PLACES = 60
LONGEST_GIVEN_BACK = 10_000
FORM_SHOWN = {200, 302, 422, 429}
HOME = {"title": "Startseite", "url": "/"}
ENDS = {
    State.EXPIRED: ("Der Link ist abgelaufen", "Bitten Sie die Stelle, die Sie eingeladen hat, um einen neuen."),
    State.REVOKED: ("Die Einladung wurde zurückgezogen", "Bei Fragen hilft die Stelle, die Sie eingeladen hat."),
    State.PUBLISHED: (
        "Der Entwurf ist inzwischen veröffentlicht",
        "Vielen Dank für Ihre Mühe. Hinweise zur Seite senden Sie bitte über das Kontaktformular.",
    ),
}
WRONG = (
    "Diesen Entwurf gibt es nicht",
    "Der Link ist unvollständig, oder der Entwurf wurde gelöscht. Kopieren Sie den ganzen Link aus der E-Mail.",
)
NO_FILE = (
    "Diese Datei gehört nicht zum Entwurf",
    "Der Entwurf wurde vielleicht inzwischen geändert. Öffnen Sie noch einmal den Link aus der E-Mail.",
)
CHANGED = "Der Entwurf wurde inzwischen geändert. Bitte lesen Sie die neue Fassung und senden Sie noch einmal."
BUSY = ("Gerade zu viele Aufrufe", "Bitte versuchen Sie es in einer Stunde noch einmal.")


def _closed(request: HttpRequest, texts: tuple[str, str], status: int) -> HttpResponse:
    """Say why there is nothing to see, and give a typed remark back: it was not kept."""
    meta = {"title": texts[0], "path": "/", "noindex": True}
    typed = request.POST.get("text", "")[:LONGEST_GIVEN_BACK]
    context = {"heading": texts[0], "text": texts[1], "typed": typed, "breadcrumbs": [HOME], "meta": meta}
    return render(_as_public(request, "/"), "core/experts/closed.html", context, status=status)


def _as_public(request: HttpRequest, path: str) -> HttpRequest:
    """Return the request as somebody without account would send it for the page itself.

    So nothing on the page depends on who is signed in, and no address on it carries the link's token.
    """
    shown = copy.copy(request)
    shown.path = shown.path_info = path
    shown.user, shown.COOKIES, shown.GET = AnonymousUser(), {}, QueryDict()
    shown.is_preview = True  # type: ignore[attr-defined]  # nothing of a draft is kept or counted
    shown.__dict__.pop("_knowledge_reader", None)
    return shown


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-store"
    # Not "no-referrer": with it browsers send "Origin: null" from the forms, which the CSRF check refuses.
    response.headers["Referrer-Policy"] = "same-origin" if response.status_code in FORM_SHOWN else "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@csp_update({"script-src": ["'none'"]})
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, token: str) -> HttpResponse:
    """Show the draft behind a link, or take a remark or a vote."""
    return _private(_answer(request, token))


def _limited(request: HttpRequest, action: str, per_hour: int) -> bool:
    if ratelimit.is_exhausted(request, action, per_hour):
        return True
    ratelimit.count(request, action)
    return False


def _opened(request: HttpRequest, token: str, action: str, per_hour: int) -> HttpResponse | tuple[Any, Draft]:
    """Return the invitation and the draft its link opens now, or the page that says why it opens none."""
    if _limited(request, action, per_hour) or ratelimit.is_exhausted(request, "expert-wrong", WRONG_LINKS):
        return _closed(request, BUSY, 429)
    invitation = tokens.open_link(token)
    if invitation is None:
        ratelimit.count(request, "expert-wrong")
        return _closed(request, WRONG, 404)
    state = queries.state_of(invitation)
    if state is not State.OPEN:
        return _closed(request, ENDS[state], 410)
    shown = queries.draft_of(invitation)
    return _closed(request, WRONG, 404) if shown is None else (invitation, shown)


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    opened = _opened(request, token, "expert-read", READS)
    if isinstance(opened, HttpResponse):
        return opened
    invitation, shown = opened
    if request.method == "POST":
        return _sent(request, invitation, shown)
    if request.method == "GET":
        services.note_read(invitation=invitation, revision=shown.revision)
    return _page(request, invitation, shown, _comment_form(shown), _vote_form(invitation, shown))


@csp_update({"script-src": ["'none'"]})
@never_cache
@require_safe
def draft_file(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """Serve a file of the draft behind a link, as attachment."""
    response = _private(_file(request, token, pk))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _file(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    opened = _opened(request, token, "expert-file", FILES)
    if isinstance(opened, HttpResponse):
        return opened
    invitation, shown = opened
    try:
        response = files.answer(_as_public(request, "/"), shown, pk)
    except Http404:
        return _closed(request, NO_FILE, 404)
    if request.method == "GET":
        services.note_read(invitation=invitation, revision=shown.revision)
    return response


def _places(shown: Draft) -> list[tuple[str, str]]:
    """Return the headings of the draft; pages without a body have none."""
    rendered = getattr(shown.page, "current_rendered", None)
    toc = rendered()["toc"] if rendered else []
    return [(str(entry["id"]), str(entry["text"])) for entry in toc[:MAX_PLACES]]


def _comment_form(shown: Draft, data: Any = None) -> CommentForm:
    return CommentForm(data, places=_places(shown))


def _vote_form(invitation: ExpertInvitation, shown: Draft, data: Any = None) -> VoteForm:
    given = queries.vote_on(invitation, shown.revision)
    return VoteForm(data, initial={"vote": given.vote} if given else {})


def _sent(request: HttpRequest, invitation: ExpertInvitation, shown: Draft) -> HttpResponse:
    """Take what was sent, about exactly the revision that was read; another one is shown anew first."""
    voting = "votum" in request.POST
    comment_form = _comment_form(shown, None if voting else request.POST)
    vote_form = _vote_form(invitation, shown, request.POST if voting else None)
    form = vote_form if voting else comment_form
    if form.is_valid():
        if ratelimit.is_exhausted(request, "expert-message", MESSAGES):
            form.add_error(None, TOO_OFTEN)
        elif request.POST.get("fassung") != str(shown.revision.pk):
            form.add_error(None, CHANGED)
        else:
            ratelimit.count(request, "expert-message")
            try:
                messages.success(request, _keep(invitation, shown, comment_form, vote_form, voting=voting))
            except ExpertRefused as error:
                return _closed(request, ("Das war nicht möglich", str(error)), 410)
            return HttpResponseRedirect(f"{request.path}#stellungnahme")
    return _page(request, invitation, shown, comment_form, vote_form, status=status_for(form))


def _keep(
    invitation: ExpertInvitation, shown: Draft, comment_form: CommentForm, vote_form: VoteForm, *, voting: bool
) -> str:
    if voting:
        choice = ExpertVote.Choice(vote_form.cleaned_data["vote"])
        services.vote(invitation=invitation, revision=shown.revision, choice=choice)
        return f"Ihr Votum ist gespeichert: {choice.label}."
    services.comment(
        invitation=invitation, revision=shown.revision, place=comment_form.place_name(),
        text=comment_form.cleaned_data["text"],
    )  # fmt: skip
    return "Vielen Dank. Ihre Anmerkung ist gespeichert."


def _page(
    request: HttpRequest, invitation: ExpertInvitation, shown: Draft, comment_form: CommentForm,
    vote_form: VoteForm, *, status: int = 200,
) -> HttpResponse:  # fmt: skip
    page = shown.page
    public = _as_public(request, page.get_url() or "/")
    context = {
        **page.get_context(public),
        "draft_template": page.get_template(public),
        "invitation": invitation,
        "shown": shown,
        "comment_form": comment_form,
        "vote_form": vote_form,
        "vote": queries.vote_on(invitation, shown.revision),
        "comments": invitation.comments.all(),
        "own_path": request.path,
        "meta": {"title": f"Entwurf: {page.title}", "path": "/", "noindex": True},
    }
    html = render_to_string("core/experts/draft.html", context, public)
    return HttpResponse(files.lead_here(html, shown, request.path), status=status)
