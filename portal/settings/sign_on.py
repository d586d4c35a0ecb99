"""Single sign-on by OpenID Connect: one service for the centre, one for municipalities; each optional."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from portal.settings.env import Env

CENTRE, MUNICIPALITY = "kompetenzstelle", "kommune"
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def _issuer(name: str, value: str) -> str:
    parts = urlsplit(value)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
    if not is_safe or not re.fullmatch(r"[^\s?#]+", value):
        raise ImproperlyConfigured(f"{name} must be the https address of the issuer, not {value!r}.")
    return value.rstrip("/")


def _app(env: Env, prefix: str, provider_id: str, name: str) -> dict[str, Any] | None:
    issuer = env.text(f"{prefix}_ISSUER", "")
    client_id = env.text(f"{prefix}_CLIENT_ID", "")
    secret = env.text(f"{prefix}_CLIENT_SECRET", "")
    label = env.text(f"{prefix}_NAME", name)
    trusts = env.flag(f"{prefix}_TRUST_EMAIL", False)
    if not issuer:
        return None
    if not client_id:
        raise ImproperlyConfigured(f"Set {prefix}_CLIENT_ID as well (see docs/settings.md).")
    return {
        "provider_id": provider_id,
        "name": label,
        "client_id": client_id,
        "secret": secret,
        "settings": {
            "server_url": _issuer(f"{prefix}_ISSUER", issuer),
            "oauth_pkce_enabled": True,
            "email_authentication": True,
            "verified_email": trusts,
        },
    }


def read(env: Env) -> dict[str, Any]:
    """Return the settings of allauth that the environment asks for."""
    centre = _app(env, "OIDC_CENTRE", CENTRE, "Dienstkonto der Kompetenzstelle")
    town = _app(env, "OIDC_MUNICIPALITY", MUNICIPALITY, "Dienstkonto der Kommune")
    amr, acr = env.items("OIDC_CENTRE_FACTOR_AMR", "mfa"), env.items("OIDC_CENTRE_FACTOR_ACR", "")
    further = env.items("OIDC_FORM_ORIGINS", "")
    if centre is not None:
        centre["settings"].update(of_centre=True, factor_amr=amr, factor_acr=acr)
        if acr:
            centre["settings"]["auth_params"] = {"acr_values": " ".join(acr)}
    apps = [app for app in (centre, town) if app is not None]
    parts = [urlsplit(app["settings"]["server_url"]) for app in apps]
    origins = [f"{part.scheme}://{part.netloc}" for part in parts]
    return {
        "SOCIALACCOUNT_PROVIDERS": {"openid_connect": {"APPS": apps}},
        "SIGN_ON_ORIGINS": sorted({*origins, *(further if apps else [])}),
    }
