"""Refusals of the interface: problem details after RFC 9457, in German, with what to do instead."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Die Anfrage ist so nicht möglich.",
    404: "Diese Adresse gibt es nicht.",
    405: "Diese Schnittstelle wird nur gelesen.",
    429: "Zu viele Anfragen.",
}


class Refused(Exception):  # noqa: N818 - no error of ours: what was asked for is wrong
    """The request cannot be answered; `detail` says why and what would be possible."""

    def __init__(self, detail: str, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail, self.status, self.headers = detail, status, headers or {}


def problem(refused: Refused) -> JsonResponse:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES[refused.status],
        "status": refused.status,
        "detail": refused.detail,
    }
    return JsonResponse(
        body,
        status=refused.status,
        content_type=MEDIA_TYPE,
        headers=refused.headers,
        json_dumps_params={"ensure_ascii": False},
    )
