"""The person's own account: profile, sessions one by one, export of all data, deletion."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import departures, erasing, own_data, services
from portal.accounts.joining_forms import ProfileForm
from portal.accounts.models import User
from portal.accounts.queries import acting_user
from portal.core import ratelimit

EXPORTS_PER_HOUR = 20


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name and telephone of the person."""
    person = User.objects.get(pk=acting_user(request).pk)  # a form that is refused must not change the page's head
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Ihr Profil ist gespeichert.")
        return HttpResponseRedirect(reverse("account_profile"))
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.is_bound else 200)


@never_cache
@login_required
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one session of the person; the present one is ended by logging out."""
    session = UserSession.objects.filter(pk=pk, user=acting_user(request)).first()
    if session is None:
        messages.info(request, "Diese Sitzung ist schon beendet.")
    elif session.is_current():
        return HttpResponseRedirect(reverse("account_logout"))
    else:
        session.end()
        messages.success(request, "Die Sitzung ist beendet.")
    return HttpResponseRedirect(reverse("usersessions_list"))


@never_cache
@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """What can be done with the own data: take it along, or delete the account."""
    return render(request, "accounts/data.html", {"objections": erasing.objections(acting_user(request))})


@transaction.non_atomic_requests  # allauth's question for the password is an exception only its middleware answers
@never_cache
@login_required
@reauthentication_required
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Everything the portal holds about the person, as a file."""
    person = acting_user(request)
    action = f"export-{person.pk}"
    if ratelimit.is_exhausted(request, action, EXPORTS_PER_HOUR):
        messages.error(
            request, "Sie haben Ihre Daten gerade mehrfach geladen. Bitte versuchen Sie es in einer Stunde."
        )
        return HttpResponseRedirect(reverse("account_data"))
    ratelimit.count(request, action)
    services.log_account(person, "accounts.exported", by=person)
    response = JsonResponse(
        own_data.export(person), encoder=DjangoJSONEncoder, json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    response["Content-Disposition"] = f'attachment; filename="meine-daten-{timezone.localdate():%Y-%m-%d}.json"'
    return response


@transaction.non_atomic_requests  # allauth's question for the password is an exception only its middleware answers
@never_cache
@login_required
@reauthentication_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the own account; GET says what happens, POST does it."""
    person = acting_user(request)
    objections = erasing.objections(person)
    if request.method == "POST" and request.POST.get("sure") == "ja":
        try:
            erasing.erase(user=person)
        except ValidationError as error:
            objections = error.messages
        else:
            logout(request)
            return render(request, "accounts/erased.html")
    elif request.method == "POST":
        messages.error(request, "Bestätigen Sie mit dem Kästchen, dass Sie Ihr Konto löschen wollen.")
    status = 422 if request.method == "POST" else 200
    left_open = departures.left_open(person, seen_by=person)
    context = {"objections": objections, "left_open": left_open}
    return render(request, "accounts/delete.html", context, status=status)
