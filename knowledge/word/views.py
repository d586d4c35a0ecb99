"""Screens: upload or paste; the documents of an upload; one document with what was lost and its images."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import FormView, TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from knowledge.models import TopicPage
from knowledge.word import services, staging
from knowledge.word.forms import ReviewForm, StartForm, open_topics
from knowledge.word.staging import StagedDocument, Upload

ICON = "upload"
PASTED = "Eingefügter Text"
# Converting and writing files come before the short transaction that services.create_draft opens itself.
no_outer_transaction = method_decorator(transaction.non_atomic_requests, name="dispatch")
_CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}


def upload_of(request: HttpRequest, token: str) -> Upload:
    """Return the person's own upload; 404 for others and for ended ones."""
    upload = staging.load(user_id=request.user.pk or 0, token=token)
    if upload is None:
        raise Http404("Diese Übernahme gibt es nicht mehr.")
    return upload


def document_of(upload: Upload, number: int) -> StagedDocument:
    if not 1 <= number <= len(upload.documents):
        raise Http404
    return upload.documents[number - 1]


class _Screen(WagtailAdminTemplateMixin):
    header_icon = ICON

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        first = {"url": reverse("knowledge_word"), "label": "Aus Word"}
        return [*super().get_breadcrumbs_items(), first, *self.further_items()]

    def further_items(self) -> list[dict[str, Any]]:
        return []


@no_outer_transaction
class StartView(_Screen, FormView[StartForm]):
    """Step 1: file or pasted text, topic, kind of page."""

    form_class = StartForm
    template_name = "knowledge/word/start.html"
    page_title = "Aus Word"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not open_topics(request.user).exists():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def further_items(self) -> list[dict[str, Any]]:
        return []

    def get_initial(self) -> dict[str, Any]:
        topic = self.request.GET.get("topic", "")
        return {"topic": int(topic)} if topic.isdigit() and len(topic) < 10 else {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = staging.waiting(user_id=self.request.user.pk or 0)
        return {**super().get_context_data(**kwargs), "waiting": waiting}

    def form_valid(self, form: StartForm) -> HttpResponse:
        file = form.cleaned_data["file"]
        name = file.name if file else PASTED
        try:
            upload = services.begin(
                user=self.request.user, topic=form.cleaned_data["topic"], kind=form.cleaned_data["kind"], name=name
            )
            if file:
                services.stage_file(upload=upload, file=file.file, name=name)
            else:
                source, is_html = form.source
                services.stage_paste(upload=upload, source=source, is_html=is_html)
        except ValidationError as error:
            form.add_error("file" if file else "pasted", error)
            return self.form_invalid(form)
        if len(upload.documents) == 1 and upload.open_count:
            return redirect("knowledge_word_review", upload.token, 1)
        return redirect("knowledge_word_upload", upload.token)


class UploadView(_Screen, TemplateView):
    """The documents of a folder: which became drafts, which wait, which were refused and why."""

    template_name = "knowledge/word/upload.html"
    page_title = "Dokumente"

    def further_items(self) -> list[dict[str, Any]]:
        return [{"url": "", "label": self.upload.name}]

    @cached_property
    def upload(self) -> Upload:
        return upload_of(self.request, self.kwargs["token"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        topic = TopicPage.objects.filter(pk=self.upload.topic_id).first()
        return {**super().get_context_data(**kwargs), "upload": self.upload, "topic": topic}


@no_outer_transaction
class ReviewView(_Screen, FormView[ReviewForm]):
    """Step 2: title, losses, images; step 3 makes the draft."""

    form_class = ReviewForm
    template_name = "knowledge/word/review.html"
    page_title = "Prüfen und Entwurf anlegen"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not self.document.is_open:
            return redirect("knowledge_word_upload", self.upload.token)
        if self.topic is None and not self.other_topics.exists():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def upload(self) -> Upload:
        return upload_of(self.request, self.kwargs["token"])

    @cached_property
    def document(self) -> StagedDocument:
        return document_of(self.upload, self.kwargs["number"])

    @cached_property
    def topic(self) -> TopicPage | None:
        """The topic chosen at first, as long as the page may be made there."""
        topic = open_topics(self.request.user).filter(pk=self.upload.topic_id).first()
        return topic if topic is not None and self._label_under(topic) else None

    @cached_property
    def other_topics(self) -> Any:
        return open_topics(self.request.user)

    def _label_under(self, topic: TopicPage) -> str:
        """Return what the kind of page is called; empty where a topic takes none from this person."""
        models = services.kinds(topic, self.request.user)
        names = {model._meta.label_lower: str(model._meta.verbose_name) for model in models}
        return names.get(self.upload.kind, "")

    def further_items(self) -> list[dict[str, Any]]:
        items = [{"url": "", "label": self.document.name}]
        if len(self.upload.documents) > 1:
            url = reverse("knowledge_word_upload", args=[self.upload.token])
            items.insert(0, {"url": url, "label": self.upload.name})
        return items

    def get_initial(self) -> dict[str, Any]:
        return {"title": self.document.title}

    def get_form_kwargs(self) -> dict[str, Any]:
        topics = self.other_topics if self.topic is None else None
        return {**super().get_form_kwargs(), "document": self.document, "topics": topics}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "upload": self.upload, "document": self.document, "number": self.kwargs["number"],
            "topic": self.topic, "kind_label": self._label_under(self.topic) if self.topic else "",
            "losses": self.document.loss_rows,
        }  # fmt: skip

    def form_valid(self, form: ReviewForm) -> HttpResponse:
        topic = self.topic or form.cleaned_data["topic"]
        if not self._label_under(topic):
            form.add_error(
                "topic", "Unter diesem Thema dürfen Sie keine solche Seite anlegen. Wählen Sie ein anderes."
            )
            return self.form_invalid(form)
        with self.upload.locked() as fresh:
            document = document_of(fresh, self.kwargs["number"]) if fresh is not None else None
            if fresh is None or document is None or not document.is_open:
                messages.warning(self.request, "Aus diesem Dokument ist schon ein Entwurf geworden.")
                return redirect("knowledge_word")
            try:
                page = services.create_draft(
                    upload=fresh, document=document, topic=topic, user=self.request.user,
                    title=form.cleaned_data["title"], images=form.choices(),
                )  # fmt: skip
            except ValidationError as error:
                form.add_error(None, error.messages or ["Der Inhalt lässt sich so nicht übernehmen."])
                return self.form_invalid(form)
            fresh.topic_id = topic.pk  # of what is still open, too
            services.finished(upload=fresh, document=document, page=page)
        edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
        messages.success(
            self.request,
            f"Der Entwurf „{page.title}“ ist angelegt. Er ist noch nicht veröffentlicht.",
            buttons=[messages.button(edit, "Bearbeiten")],
        )
        return redirect(edit) if len(fresh.documents) == 1 else redirect("knowledge_word_upload", fresh.token)


@require_safe
def image(request: HttpRequest, token: str, number: int, position: int) -> FileResponse:
    """Show an image of a waiting document to the person who uploaded it."""
    upload = upload_of(request, token)
    images = document_of(upload, number).images
    if not 1 <= position <= len(images):
        raise Http404
    staged = images[position - 1]
    try:
        content = upload.image_path(staged).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(content, content_type=_CONTENT_TYPES[staged.extension])
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@transaction.non_atomic_requests
@require_POST
def discard(request: HttpRequest, token: str) -> HttpResponse:
    """Drop an upload; drafts made of it stay."""
    upload_of(request, token).discard()
    messages.success(request, "Die Übernahme ist verworfen. Schon angelegte Entwürfe bleiben.")
    return redirect("knowledge_word")
