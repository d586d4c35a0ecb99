"""Mail domains in the admin: the list, and a CSV file that is shown before it is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.admin.auth import require_admin_access
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import HeaderButton

from portal.accounts import domains
from portal.accounts.models import MailDomain, Municipality
from portal.accounts.municipality_import import FileRefusedError
from portal.accounts.queries import acting_user


class MailDomainForm(forms.ModelForm[MailDomain]):
    """One domain of one body."""

    class Meta:
        model = MailDomain
        fields = ["municipality", "domain"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["municipality"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - a foreign key's field
        field.queryset = Municipality.objects.filter(active=True)

    def clean_domain(self) -> str:
        return domains.clean_domain(str(self.cleaned_data["domain"]))

    def save(self, commit: bool = True) -> MailDomain:
        """Store the domain and admit who waits for a decision that it makes."""
        item = super().save(commit=commit)
        domains.admit_waiting()
        return item


class _IndexView(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[MailDomain]:
        same = MailDomain.objects.filter(domain=OuterRef("domain"), municipality__active=True).order_by()
        number = same.values("domain").annotate(number=Count("pk")).values("number")
        rows = MailDomain.objects.select_related("municipality").annotate(number=Subquery(number))
        return rows.annotate(body=F("municipality__name"))

    @property
    def header_more_buttons(self) -> list[Any]:
        buttons = list(super().header_more_buttons)
        if self.request.user.has_perm("accounts.add_maildomain"):
            url = reverse("accounts_domains_import")
            buttons.append(HeaderButton("Aus CSV übernehmen", url, icon_name="upload", priority=20))
        return buttons


class MailDomainViewSet(ModelViewSet):
    """What the domain of a confirmed address says about who somebody works for."""

    model = MailDomain
    icon = "mail"
    menu_label = "Mail-Domains"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = _IndexView
    list_display = [
        "domain",
        Column("municipality", label="Kommune", sort_key="municipality__name"),
        Column(
            "number", label="Nimmt auf",
            accessor=lambda item: "von selbst" if item.number == 1 else "nicht von selbst: mehrere Einrichtungen",
        ),
    ]  # fmt: skip
    search_fields = ["domain", "municipality__name"]
    search_backend_name = None
    list_per_page = 50
    ordering = ["domain"]

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm[MailDomain]]:
        return MailDomainForm


class UploadForm(forms.Form):
    """A file, and what becomes of domains it does not name."""

    file = forms.FileField(
        label="CSV-Datei", widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
        help_text="UTF-8, je Zeile: AGS;Domain. Einrichtungen ohne AGS nennen Sie mit ihrem Kürzel.",
        error_messages={"required": "Wählen Sie eine Datei aus.", "empty": "Die Datei ist leer."},
    )  # fmt: skip
    replace = forms.BooleanField(
        label="Domains entfernen, die in der Datei fehlen", required=False,
        help_text="Sonst kommen nur neue dazu.",
    )  # fmt: skip


@never_cache
@require_admin_access
@permission_required("accounts.add_maildomain", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file and show what it would change; its text comes back with the second step and is checked again."""
    if request.method == "POST" and "text" in request.POST:
        return _store(request)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            text = domains.decode(form.cleaned_data["file"].read(domains.LONGEST_FILE + 1))
            rows = domains.read(text)
        except FileRefusedError as error:
            problems = error.problems
        else:
            return _preview(request, text, rows, replace=form.cleaned_data["replace"])
    status = 422 if request.method == "POST" else 200
    return render(
        request, "accounts/admin/domains_upload.html", _context(form=form, problems=problems), status=status
    )


def _context(**values: Any) -> dict[str, Any]:
    return {"page_title": "Domains aus CSV übernehmen", "header_icon": "mail", **values}


def _preview(request: HttpRequest, text: str, rows: list[domains.Row], *, replace: bool) -> HttpResponse:
    change = domains.plan(rows, replace=replace)
    context = _context(change=change, text=text, replace=replace)
    return render(request, "accounts/admin/domains_preview.html", context)


def _store(request: HttpRequest) -> HttpResponse:
    replace = request.POST.get("replace") == "on"
    if replace and not request.user.has_perm("accounts.delete_maildomain"):
        raise PermissionDenied
    try:
        rows = domains.read(domains.decode(request.POST["text"].encode()))
    except FileRefusedError as error:
        context = _context(form=UploadForm(), problems=error.problems)
        return render(request, "accounts/admin/domains_upload.html", context, status=422)
    change = domains.store(rows, replace=replace, by=acting_user(request))
    done = f"{len(change.added)} Domains aufgenommen, {len(change.removed)} entfernt."
    messages.success(request, done)
    return redirect("maildomain:index")
