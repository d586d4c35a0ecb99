"""Every public page, term and act also as Markdown: `<path>.md`, under the same restrictions as the HTML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.models import Page

from knowledge.content_io.tree import path_below
from knowledge.models import TrustedPage, Upkept
from knowledge.queries import Reader
from knowledge.readable import moved_to
from knowledge.trust import overdue_warning, trust_line
from portal.core.content_io import KINDS, document_of, kind_of
from portal.core.content_io.kinds import INDEX
from portal.core.markdown_answers import CONTENT_TYPE, markdown_url, notice_lines, offer_markdown
from portal.core.models import Operator
from portal.core.review import corrections
from portal.core.sites import setting_of, site_of


class PublicContent:
    """Export context for readers: names only what this reader may read; files by their address."""

    ids = False

    def __init__(self, home: Page, reader: Reader) -> None:
        self.home = home
        self.reader = reader
        self.paths: dict[int, str] = {}
        self.asked: set[int] = set()

    def path_of(self, page_id: int | None) -> str:
        if page_id is None:
            return ""
        self.asked.add(page_id)
        return self.paths.get(page_id, "")

    def look_up(self) -> None:
        """Find all pages asked for so far: one query."""
        pages = self.reader.filter(Page.objects.filter(pk__in=self.asked, path__startswith=self.home.path))
        rows = pages.values_list("pk", "url_path")
        self.paths = {pk: path_below(self.home.url_path, url_path) for pk, url_path in rows}

    def file_name(self, item: Any) -> str:
        return str(getattr(item, "url", "") or item.file.url)

    def document(self, pk: Any) -> Any:
        from wagtail.documents import get_document_model

        return get_document_model().objects.filter(pk=pk).first() if pk else None

    def image(self, pk: Any) -> Any:
        from wagtail.images import get_image_model

        return get_image_model().objects.filter(pk=pk).first() if pk else None


def offer_page(serve: Any) -> Any:
    """Wagtail hook `on_serve_page`: every page of ours gets the hint."""

    def wrapped(page: Page, request: HttpRequest, args: Any, kwargs: Any) -> HttpResponse:
        response: HttpResponse = serve(page, request, args, kwargs)
        if kind_of(page) is None or getattr(request, "is_preview", False):
            return response
        return offer_markdown(response, page.get_url(request) or request.path)

    return wrapped


@require_safe
def markdown(request: HttpRequest, path: str) -> HttpResponse:
    """Serve the Markdown form of what stands at a path."""
    if path.endswith(f"/{INDEX}"):
        return HttpResponsePermanentRedirect(f"/{path.removesuffix(f'/{INDEX}')}.md")
    site = site_of(request)
    if site is None:
        raise Http404
    snippet = _snippet(path)
    if snippet is not None:
        return _answer(request, site.root_page, snippet, path)
    return _page(request, site.root_page, path)


def _snippet(path: str) -> Any:
    folder, _, slug = path.rpartition("/")
    kind = next(
        (kind for kind in KINDS.values() if kind.has_address and kind.folder and kind.folder == folder), None
    )
    if kind is None:
        return None
    instance = kind.find(slug)
    if instance is None or not instance.live:
        raise Http404
    return instance


def _page(request: HttpRequest, home: Page, path: str) -> HttpResponse:
    url_path = home.url_path if path == INDEX else f"{home.url_path}{path}/"
    found = Page.objects.live().filter(url_path=url_path, path__startswith=home.path).first()
    if found is None and (moved := moved_to(request, path)):
        return HttpResponsePermanentRedirect(markdown_url(moved))
    page = found.specific if found is not None else None
    if page is None or kind_of(page) is None:
        raise Http404
    for hook in hooks.get_hooks("before_serve_page"):
        result = hook(page, request, [], {})
        if isinstance(result, HttpResponse):
            return result

    def serve(page: Any, request: HttpRequest, args: Any, kwargs: Any) -> HttpResponse:
        return _serve(page, request, home, path)

    for hook in reversed(hooks.get_hooks("on_serve_page")):
        serve = hook(serve)
    return serve(page, request, [], {})


def _serve(page: Any, request: HttpRequest, home: Page, path: str) -> HttpResponse:
    kind = kind_of(page)
    successor = kind.successor_of(page) if kind else None
    if successor is not None and Reader.of(request).may_read(successor.path):
        return HttpResponsePermanentRedirect(markdown_url(successor.get_url(request)))
    return _answer(request, home, page, path)


def _answer(request: HttpRequest, home: Page, instance: Any, path: str) -> HttpResponse:
    kind = kind_of(instance)
    if kind is None:
        raise Http404
    if kind.is_page:
        relations = ("sources", "curated_related", "first_pages", "tagged_items__tag")
        prefetch_related_objects(
            [instance], *(name for name in relations if hasattr(instance, name.split("__")[0]))
        )
    context = PublicContent(home, Reader.of(request))
    document = document_of(instance, kind, path, context)
    if context.asked:
        context.look_up()
        document = document_of(instance, kind, path, context)
    address = instance.get_url(request) if kind.is_page else f"/{path}/"
    notes = [f"# {line}" for line in kind.notes(instance, request)]
    text = _with_notice(document.text(), instance, address, notes)
    response = HttpResponse(text, content_type=CONTENT_TYPE)
    response.headers["Link"] = f'<{address}>; rel="canonical"'
    return response


def correction_lines(page: Any) -> list[str]:
    """Return the page's correction notices, one line each."""
    if not isinstance(page, Page):
        return []
    notices = corrections.notices_of(page)
    return [f"Korrektur vom {timezone.localtime(at):%d.%m.%Y}: {' '.join(text.split())}" for at, text in notices]


def _with_notice(text: str, instance: Any, address: str, notes: Iterable[str]) -> str:
    """Put what stands on every page into the front matter, as comments: an import reads over them."""
    lines = notice_lines(address)
    if isinstance(instance, TrustedPage):
        trust = trust_line(instance)
        lines += [f"# {label}." for label in [trust.review_label] if label]
    if isinstance(instance, Upkept):
        lines += [f"# {warning}" for warning in [overdue_warning(instance)] if warning]
    lines += [f"# {line}" for line in correction_lines(instance)]
    if getattr(instance, "shows_particulars", False):
        operator = setting_of(Operator, instance.get_site())
        lines += [f"# {label}: {value}" for label, value in operator.particulars()]
    lines += notes
    opening = "---\n"
    return opening + "\n".join(lines) + "\n" + text.removeprefix(opening)
