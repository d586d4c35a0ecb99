"""Outside experts with their links."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from portal.core.experts import services, tokens
from portal.core.models import ExpertInvitation


def invited(page: Any, user: Any, **changes: Any) -> tuple[ExpertInvitation, str]:
    """An invitation to the draft of a page, and the path of its link."""
    invitation = services.invite(
        page=page, user=user, name="Dr. Käthe Groß", email="kaethe@hochschule.example", purpose="Stimmt die Frist?"
    )
    secret = tokens.new_secret()
    fields = {"secret_hash": tokens.hash_of(secret), **changes}
    ExpertInvitation.objects.filter(pk=invitation.pk).update(**fields)
    invitation.refresh_from_db()
    return invitation, urlsplit(tokens.url(invitation, secret)).path
