"""The two screens of the import: what to take in, and what only a person can say about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from wagtail.permission_policies.pages import PagePermissionPolicy

from knowledge.models import TopicPage, TrustedPage
from knowledge.word import services
from knowledge.word.draft import MAX_PASTED, MAX_TITLE
from knowledge.word.services import ImageChoice
from knowledge.word.staging import StagedDocument

MAX_ZIP = 100 * 1024 * 1024
_ALT = "Beschreiben Sie, was auf dem Bild zu sehen ist und worauf es ankommt, oder lassen Sie das Bild weg."
_LICENCE = "Nennen Sie die Lizenz hier oder oben für alle Bilder, zum Beispiel „eigenes Bild“ oder „CC BY 4.0“."


def open_topics(user: Any) -> Any:
    """Return the topics under which a person may add pages, in the order of the tree."""
    pages = PagePermissionPolicy().instances_user_has_permission_for(user, "add")
    return TopicPage.objects.filter(pk__in=pages.values("pk")).order_by("path")


def kind_choices() -> list[tuple[str, str]]:
    models = [model for model in TopicPage.allowed_subpage_models() if issubclass(model, TrustedPage)]
    return [(model._meta.label_lower, str(model._meta.verbose_name)) for model in models]


class _TopicField(forms.ModelChoiceField):  # type: ignore[type-arg]  # no generic class at run time
    """Topics, narrower ones indented below the wider."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{'– ' * (obj.depth - self.top)}{obj.title}"

    top = 4


class StartForm(forms.Form):
    """A file or a pasted text, and where it is to become a page."""

    topic = _TopicField(
        label="Thema", queryset=TopicPage.objects.none(), empty_label="Bitte wählen",
        error_messages={"required": "Wählen Sie das Thema, unter dem die Seite stehen soll."},
    )  # fmt: skip
    kind = forms.ChoiceField(label="Art der Seite", choices=kind_choices)
    file = forms.FileField(
        label="Datei", required=False, widget=forms.FileInput(attrs={"accept": ".docx,.zip"}),
        help_text="Eine Word-Datei (.docx) oder ein Ordner mit Word-Dateien als ZIP.",
        error_messages={"empty": "Die Datei ist leer. Wählen Sie eine andere Datei."},
    )  # fmt: skip
    pasted = forms.CharField(
        label="Oder Text einfügen", required=False, strip=True,
        widget=forms.Textarea(attrs={"rows": 8, "data-word-paste": ""}),
        help_text="Text aus Word, LibreOffice, Outlook oder einem anderen Programm.",
    )  # fmt: skip
    pasted_html = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-word-html": ""}))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topic = self.fields["topic"]
        if isinstance(topic, forms.ModelChoiceField):
            topic.queryset = open_topics(user)
        self.user = user

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file:
            return None
        name = file.name.lower()
        if not name.endswith((".docx", ".zip")):
            raise ValidationError(
                "Nur Word-Dateien (.docx) und ZIP-Dateien mit Word-Dateien werden gelesen. Speichern Sie das "
                "Dokument in Word als .docx und laden Sie es erneut hoch.",
                code="extension",
            )
        if file.size > MAX_ZIP:
            raise ValidationError(
                f"Die Datei ist zu groß, erlaubt sind {MAX_ZIP // 1024**2} MB. Teilen Sie den Ordner auf.",
                code="too_large",
            )
        return file

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "file" in self.errors:
            return data
        pasted = data.get("pasted") or data.get("pasted_html")
        if data.get("file") and pasted:
            self.add_error("pasted", "Wählen Sie eine Datei oder fügen Sie Text ein, nicht beides.")
        elif not data.get("file") and not pasted:
            self.add_error("file", "Wählen Sie eine Datei oder fügen Sie unten Text ein.")
        if len(data.get("pasted_html") or "") > MAX_PASTED:
            self.add_error(
                "pasted", "Der Text ist zu groß. Speichern Sie ihn als .docx und laden Sie die Datei hoch."
            )
        topic = data.get("topic")
        if topic and data.get("kind") not in {
            model._meta.label_lower for model in services.kinds(topic, self.user)
        }:
            self.add_error(
                "topic", "Unter diesem Thema dürfen Sie keine solche Seite anlegen. Wählen Sie ein anderes."
            )
        return data

    @property
    def source(self) -> tuple[str, bool]:
        """Return what was pasted and whether it is HTML; without JavaScript it is the text itself."""
        rich = self.cleaned_data.get("pasted_html") or ""
        text = self.cleaned_data.get("pasted") or ""
        if rich.strip():
            return rich, True
        return text, text.lstrip().lower().startswith(("<html", "<!doctype", "<p>", "<p ", "<h1", "<div", "<body"))


class ReviewForm(forms.Form):
    """Title and, for each image, text alternative and licence."""

    title = forms.CharField(
        label="Titel", max_length=MAX_TITLE,
        error_messages={"required": "Geben Sie der Seite einen Titel."},
    )  # fmt: skip
    licence = forms.CharField(
        label="Lizenz für alle Bilder", max_length=120, required=False,
        help_text="Gilt für jedes Bild ohne eigene Angabe, zum Beispiel „eigenes Bild“ oder „CC BY 4.0“.",
    )  # fmt: skip

    topic = _TopicField(
        label="Thema", queryset=TopicPage.objects.none(), empty_label="Bitte wählen",
        error_messages={"required": "Wählen Sie das Thema, unter dem die Seite stehen soll."},
        help_text="Das gewählte Thema gibt es nicht mehr, oder Sie dürfen dort keine solche Seite anlegen.",
    )  # fmt: skip

    def __init__(self, *args: Any, document: StagedDocument, topics: Any = None, **kwargs: Any) -> None:
        """`topics`: those to choose from where the one chosen at first is gone."""
        super().__init__(*args, **kwargs)
        self.document = document
        topic = self.fields["topic"]
        if topics is None:
            del self.fields["topic"]
        elif isinstance(topic, forms.ModelChoiceField):
            topic.queryset = topics
        if not document.images:
            del self.fields["licence"]
        for number, image in enumerate(document.images):
            name = f"Bild {number + 1}"
            self.fields |= {
                f"alt_{number}": forms.CharField(
                    label=f"Alternativtext zu {name}", max_length=255, required=False, initial=image.alt,
                    widget=forms.Textarea(attrs={"rows": 2, "aria-required": "true"}),
                    help_text="Was zu sehen ist und worauf es ankommt; wird vorgelesen.",
                ),
                f"licence_{number}": forms.CharField(label=f"Lizenz zu {name}", max_length=120, required=False),
                f"credit_{number}": forms.CharField(
                    label=f"Urheberin oder Urheber zu {name}", max_length=255, required=False
                ),
                f"leave_{number}": forms.BooleanField(
                    label=f"{name} weglassen", required=False, help_text="Zum Beispiel, wenn es nur schmückt."
                ),
            }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for number in range(len(self.document.images)):
            if data.get(f"leave_{number}"):
                for name in (f"alt_{number}", f"licence_{number}", f"credit_{number}"):
                    self.errors.pop(name, None)
                continue
            if not data.get(f"alt_{number}") and f"alt_{number}" not in self.errors:
                self.add_error(f"alt_{number}", ValidationError(_ALT, code="required"))
            own = data.get(f"licence_{number}") or data.get("licence")
            if not own and f"licence_{number}" not in self.errors:
                self.add_error(f"licence_{number}", ValidationError(_LICENCE, code="required"))
        return data

    def choices(self) -> list[ImageChoice]:
        """Return what was said about the images, in their order."""
        data = self.cleaned_data
        return [
            ImageChoice(
                alt=" ".join((data.get(f"alt_{number}") or "").split()),
                licence=data.get(f"licence_{number}") or data.get("licence") or "",
                credit=data.get(f"credit_{number}") or "",
                leave_out=bool(data.get(f"leave_{number}")),
            )
            for number in range(len(self.document.images))
        ]

    def rows(self) -> list[dict[str, Any]]:
        """Return the images with their fields, for the template."""
        return [
            {
                "number": number + 1,
                "image": image,
                "fields": [self[f"{name}_{number}"] for name in ("alt", "licence", "credit", "leave")],
            }
            for number, image in enumerate(self.document.images)
        ]
