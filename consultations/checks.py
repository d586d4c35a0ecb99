"""What must be right for the calendar before the portal starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from consultations.closures import is_known


@register(Tags.security, deploy=True)
def mailbox_is_private(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Without TLS everybody on the way reads the password and the answers of municipalities."""
    if not settings.IMAP_HOST or settings.IMAP_SECURITY != "none":
        return []
    hint = "Set IMAP_SECURITY to tls or starttls, and IMAP_CA_FILE for a certificate of your own."
    return [Error("The mailbox is read without TLS.", hint=hint, id="portal.E013")]


@register()
def holidays_are_known(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A code nobody knows would offer appointments on public holidays."""
    code = settings.HOLIDAYS
    if not code or is_known(code):
        return []
    hint = "Set HOLIDAYS to an ISO 3166-2 code such as DE-HE, or leave it empty for none."
    return [Error(f"The public holidays of {code!r} are not known.", hint=hint, id="portal.E009")]
