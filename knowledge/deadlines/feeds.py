"""Deadlines to subscribe to: Atom and calendar, of all and of each field. Only what is public, whoever asks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from wagtail.contrib.redirects.models import Redirect

from knowledge.deadlines import ics
from knowledge.deadlines.listing import Entry, entries_of
from knowledge.deadlines.queries import all_deadlines, belongs_to, fields_of
from knowledge.feeds import NOTHING_YET, conditional, new_feed, tag_of
from knowledge.models import TopicPage
from knowledge.readable import public_reader
from portal.core.seo import absolute

View = Callable[..., HttpResponse]
# What an address asks for when its calendar shall hold the reminders as days of their own.
REMINDERS, AS_DAYS = "erinnerung", "termine"


def _chosen(slug: str) -> tuple[list[Entry], TopicPage | None]:
    """Return the public deadlines of a field and of the topics within it, or all.

    A field that is not published any more goes on here as long as it has deadlines: they still hold, and whoever
    subscribed to them would not notice that they stay away.

    Raises:
        Http404: no public deadline belongs to such a field.
    """
    deadlines = all_deadlines(public_reader())
    topic = None
    if slug:
        fields = [field for field in fields_of(deadlines) if field.slug == slug]
        if not fields:
            raise Http404
        deadlines = [row for row in deadlines if belongs_to(row, fields)]
        topic = fields[0]
    return entries_of(deadlines, timezone.localdate()), topic


def _moved(slug: str) -> str:
    """Return what a topic is called by now that had another address; empty where none is known."""
    rows = Redirect.objects.filter(old_path__endswith=f"/{slug}", redirect_page__live=True).order_by("-pk")
    topics = TopicPage.objects.filter(pk__in=rows.values("redirect_page")).exclude(slug=slug)
    reader = public_reader()
    return next((topic.slug for topic in topics if reader.may_read(topic.path)), "")


def _led_on(view: View) -> View:
    """Lead a subscription to a field on when its topic has another address: nobody would notice a silent one."""

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str = "") -> HttpResponse:
        try:
            return view(request, slug)
        except Http404:
            if not (now := _moved(slug)):
                raise
            name = "deadlines_feed_of" if request.path.endswith(".atom") else "deadlines_calendar_of"
            query = f"?{REMINDERS}={AS_DAYS}" if _has_days(request) else ""
            return HttpResponsePermanentRedirect(f"{reverse(name, args=[now])}{query}")

    return wrapped


def _has_days(request: HttpRequest) -> bool:
    return request.GET.get(REMINDERS) == AS_DAYS


def _title(topic: TopicPage | None) -> str:
    return f"{settings.SITE_NAME}: Fristen{f' – {topic.title}' if topic and topic.live else ''}"


def _address(topic: TopicPage | None) -> str:
    return f"{reverse('deadlines')}?feld={topic.slug}" if topic and topic.live else reverse("deadlines")


@require_safe
@_led_on
def atom(request: HttpRequest, slug: str = "") -> HttpResponse:
    """The deadlines that changed last come first; each keeps its identifier for life."""
    entries, topic = _chosen(slug)
    guid = tag_of(f"fristen/{topic.translation_key if topic else 'alle'}")
    feed = new_feed(request, title=_title(topic), link=_address(topic), guid=guid)
    for entry in sorted(entries, key=lambda item: ics.changed_at(item.deadline), reverse=True):
        deadline = entry.deadline
        feed.add_item(
            title=f"{entry.when}: {deadline.title}",
            link=absolute(entry.url),
            description=ics.described(entry),
            unique_id=tag_of(f"frist/{deadline.uid}"),
            pubdate=deadline.first_published_at or ics.changed_at(deadline),
            updateddate=ics.changed_at(deadline),
            categories=[label for _, label in entry.binds],
        )
    return conditional(request, feed)


@require_safe
@_led_on
def calendar(request: HttpRequest, slug: str = "") -> HttpResponse:
    """All deadlines with a day, as a calendar programme reads them; 304 where it has them already.

    `?erinnerung=termine`: with the reminders as days of their own, for programmes that drop alarms.
    """
    entries, topic = _chosen(slug)
    as_days = _has_days(request)
    name = f"fristen{f'-{slug}' if slug else ''}{'-mit-erinnerungen' if as_days else ''}"
    title = f"{_title(topic)}{' (mit Erinnerungen)' if as_days else ''}"
    body = ics.calendar(title, entries, as_days=as_days)
    modified = int(max((ics.changed_at(entry.deadline) for entry in entries), default=NOTHING_YET).timestamp())
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {
        "ETag": etag, "Last-Modified": http_date(modified),
        "Content-Disposition": f'inline; filename="{name}.ics"',
    }  # fmt: skip
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=etag, last_modified=None, response=response) or response
