"""JSON logs with a request id, free of personal data: event name, ids, numbers.

An own event is logged as `logger.info("outbox.sent", extra={"message_id": 3})`. What other packages log is kept
too, with e-mail addresses, query strings and database details taken out.
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

HEADER = "X-Request-ID"
META_KEY = "portal.request_id"
_SANE_ID = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
"""32 digits or a UUID, as proxies make them: anybody can send the header, also with a telephone number."""
_MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_QUERY = re.compile(r"\?\S+")
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id", "taskName"}
_MAX_TEXT = 500

request_id: ContextVar[str] = ContextVar("request_id", default="")
access_log = logging.getLogger("portal.access")


def scrub(text: str) -> str:
    """Take out of foreign text what could be personal: addresses, query strings, the values databases quote."""
    text = text.split("DETAIL:", maxsplit=1)[0]
    return _QUERY.sub("?…", _MAIL_ADDRESS.sub("<mail>", text))[:_MAX_TEXT]


def route_name(request: HttpRequest) -> str:
    """Return the name of the matched route, never the path: paths may carry tokens or typed words."""
    match = request.resolver_match
    if match is None:
        return "-"
    return match.view_name or getattr(match.func, "__qualname__", "-")


class RequestIdMiddleware:
    """Gives every request an id (an incoming one counts only when it looks like one) and logs its access line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        current = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
        if getattr(request, "is_dummy", False):  # Wagtail's preview runs inside another request
            return self.get_response(request)
        request.META[META_KEY] = current
        token = request_id.set(current)
        start = time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers[HEADER] = current
            self._log(request, response, start)
        finally:
            request_id.reset(token)
        return response

    def _log(self, request: HttpRequest, response: HttpResponseBase, start: float) -> None:
        if not access_log.isEnabledFor(logging.INFO):
            return
        size = response.headers.get("Content-Length")
        if size is None and isinstance(response, HttpResponse):
            size = str(len(response.content))
        route = getattr(request, "_wagtail_route_for_request", None)
        access_log.info(
            "http.access",
            extra={
                "method": request.method,
                "route": route_name(request),
                "status": response.status_code,
                "ms": round((time.perf_counter() - start) * 1000, 1),
                "bytes": int(size) if size else None,
                "page": getattr(route[0], "pk", None) if route else None,
                "cache": getattr(request, "page_cache", None),
            },
        )


class RequestIdFilter(logging.Filter):
    """Puts the current request's id on each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django logs answers of 400 and above when the middleware is through: they carry the request itself.
        request = getattr(record, "request", None)
        record.request_id = request_id.get() or getattr(request, "META", {}).get(META_KEY, "")
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": self._event(record),
        }
        if current := getattr(record, "request_id", ""):
            line["request_id"] = current
        for name, value in vars(record).items():
            if name not in _STANDARD and isinstance(value, (str, int, float, bool)):
                line[name] = scrub(value) if isinstance(value, str) else value
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["error_text"] = scrub(str(record.exc_info[1]))
            line["trace"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False, default=str)

    def _event(self, record: logging.LogRecord) -> str:
        if record.name in {"django.request", "django.server"}:
            return f"http.{getattr(record, 'status_code', 'problem')}"  # the arguments carry the path
        if record.name == "django.security.csrf":
            return "http.csrf"  # as above: the address of a form may hold a token
        return scrub(record.getMessage())
