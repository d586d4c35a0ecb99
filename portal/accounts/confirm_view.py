"""Confirming the address of a new account: by whoever reads its mail and knows its password.

A stranger can open an account with somebody else's address. If that person only clicked, the stranger would be in
under their name, and by the domain in their municipality. So another browser than the one that signed up gives the
password once; somebody who does not know it sets a new one by mail, which locks the stranger out.
"""

from __future__ import annotations

from typing import Any

from allauth.account.views import ConfirmEmailView
from django.http import HttpRequest, HttpResponse

from portal.accounts.models import User
from portal.core import ratelimit

SIGNED_UP_KEY = "accounts_signed_up"
TRIES_PER_HOUR = 20
WRONG = "Dieses Passwort gehört nicht zu dem Konto. Prüfen Sie es, oder legen Sie unten ein neues fest."
TOO_OFTEN = "Das waren viele Versuche. Bitte versuchen Sie es in einer Stunde noch einmal."


def remember_sign_up(request: HttpRequest, user: Any) -> None:
    """This browser has chosen the password: it need not give it again to confirm the address."""
    request.session[SIGNED_UP_KEY] = user.pk


class ConfirmAddressView(ConfirmEmailView):
    """allauth's page, which asks for the password of an account nobody has used yet."""

    error = ""

    def needs_password(self) -> bool:
        """True for an account that has never been used, in a browser that did not open it."""
        user: User = self.object.email_address.user
        unused = user.last_login is None and user.has_usable_password()
        return unused and self.request.session.get(SIGNED_UP_KEY) != user.pk

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        if self.needs_password():
            if ratelimit.is_exhausted(self.request, "confirm-address", TRIES_PER_HOUR):
                return self._refused(TOO_OFTEN, 429)
            if not self.object.email_address.user.check_password(self.request.POST.get("password", "")):
                ratelimit.count(self.request, "confirm-address")
                return self._refused(WRONG, 422)
        response: HttpResponse = super().post(*args, **kwargs)
        return response

    def _refused(self, text: str, status: int) -> HttpResponse:
        self.error = text
        response: HttpResponse = self.render_to_response(self.get_context_data(), status=status)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asks = bool(self.object) and self.needs_password()
        return {**super().get_context_data(**kwargs), "asks_password": asks, "password_error": self.error}


confirm_email = ConfirmAddressView.as_view()
