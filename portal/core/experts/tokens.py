"""The link of an expert: signed, with a secret of which only a hash is stored."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from portal.core.models import ExpertInvitation

SALT = "portal.core.experts"
MAX_LENGTH = 300


def new_secret() -> str:
    return secrets.token_urlsafe(24)


def hash_of(secret: str) -> str:
    """Return what is stored of a secret; it is random and long, so one round is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make(invitation: ExpertInvitation, secret: str) -> str:
    return signing.dumps([invitation.pk, secret], salt=SALT)


def url(invitation: ExpertInvitation, secret: str) -> str:
    """Return the whole address for the mail; it cannot be made again later."""
    return str(settings.BASE_URL) + reverse("expert_draft", args=[make(invitation, secret)])


def open_link(token: str) -> ExpertInvitation | None:
    """Return the invitation a link belongs to, whatever has become of it; None for every wrong link."""
    if len(token) > MAX_LENGTH:
        return None
    try:
        pk, secret = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = ExpertInvitation.objects.select_related("page", "revision").filter(pk=pk).first()
    if found is None or not constant_time_compare(found.secret_hash, hash_of(str(secret))):
        return None
    return found
