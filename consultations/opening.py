"""The switch of the whole part: closed, its addresses do not exist (setting CONSULTATIONS_OPEN)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]


def when_open(view: View) -> View:
    """Answer 404 while asking for advice is closed."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.CONSULTATIONS_OPEN:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped
