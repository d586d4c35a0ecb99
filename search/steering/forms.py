"""The form of a rule: only the fields its kind has, and searches to try it with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from wagtail.admin.widgets import AdminPageChooser
from wagtail.models import Page

from search.insight.queries import frequent
from search.steering import services
from search.steering.checks import check
from search.steering.models import SteeringRule, lines
from search.steering.targets import key_of_page, page_of_key, titles

Kind = SteeringRule.Kind
ONE_A_LINE = "Eine Zeile für jedes Wort oder jede Wortfolge."

# Label and help of the words by kind, and what the kind does in one sentence.
TEXTS = {
    Kind.EQUAL: (
        "Gleiche Wörter", f"{ONE_A_LINE} Wer eines eingibt, findet auch, was unter den anderen steht.",
        "Zwei oder mehr Wörter oder Wortfolgen bedeuten dasselbe.",
    ),
    Kind.ONE_WAY: (
        "Eingegebene Wörter", ONE_A_LINE,
        "Wer das eine eingibt, findet auch das andere, aber nicht umgekehrt.",
    ),
    Kind.NEVER: (
        "Wörter", f"{ONE_A_LINE} Begriffe aus dem Glossar und Abkürzungen von Vorschriften sind schon geschützt.",
        "Die Suche hält diese Wörter nie für Tippfehler.",
    ),
    Kind.PIN: (
        "Suchen", "Eine Zeile für jede Suche. Groß und klein, Beugung, Füllwörter und Reihenfolge sind gleich.",
        "Ein Treffer steht bei bestimmten Suchen ganz oben.",
    ),
    Kind.HIDE: (
        "Suchen", "Eine Zeile für jede Suche. Groß und klein, Beugung, Füllwörter und Reihenfolge sind gleich.",
        "Ein Treffer erscheint bei bestimmten Suchen nicht. Er bleibt sonst auffindbar.",
    ),
    Kind.DENY: (
        "Wörter", f"{ONE_A_LINE} Vorschläge, in denen sie stehen, erscheinen nicht.",
        "Diese Wörter erscheinen nicht als Vorschlag beim Tippen.",
    ),
}  # fmt: skip
WITH_TARGET = (Kind.PIN, Kind.HIDE)
OWN_FIRST, FREQUENT = 8, 5


def kind_of(value: str | None) -> Kind | None:
    """Return the kind named in an address; None for anything else."""
    return Kind(value) if value in Kind.values else None


def searches_of(rule: SteeringRule, typed: Sequence[str] = ()) -> list[str]:
    """Return what to try a rule with: its own first words, what was typed for it, the rest of its words.

    Its own are also those that the stored rule has and this one has not. Words that lead to others come before
    these: whoever searches for the others finds what was found before.
    """
    stored = SteeringRule.objects.filter(pk=rule.pk).first() or rule
    own = [
        *_changed_first(stored.word_list, rule.word_list),
        *_changed_first(stored.other_list, rule.other_list),
    ]
    return [*own[:OWN_FIRST], *typed, *own[OWN_FIRST:]]


def _changed_first(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return the words that go, those that come, and those that stay."""
    gone = [word for word in before if word not in after]
    come = [word for word in after if word not in before]
    return [*gone, *come, *(word for word in after if word in before)]


class RuleForm(forms.ModelForm[SteeringRule]):
    page = forms.ModelChoiceField(
        label="Seite", queryset=Page.objects.all(), required=False, widget=AdminPageChooser
    )
    samples = forms.CharField(
        label="Zum Ausprobieren", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=(
            "Eine Suche in jeder Zeile, hier die häufigsten. Die Vorschau zeigt, was sich an ihnen und an den "
            "Wörtern der Regel ändert, zusammen an zwölf. Gestrichene und neue Wörter kommen zuerst."
        ),
    )  # fmt: skip

    class Meta:
        model = SteeringRule
        fields = ["kind", "words", "others", "target", "place", "note"]
        widgets = {
            "kind": forms.HiddenInput,
            "target": forms.HiddenInput,
            "words": forms.Textarea(attrs={"rows": 4}),
            "others": forms.Textarea(attrs={"rows": 4}),
        }

    field_order = ["kind", "target", "words", "others", "page", "place", "note", "samples"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("for_user", None)
        super().__init__(*args, **kwargs)
        kind = kind_of(self["kind"].value()) or Kind.EQUAL
        self.kind = kind
        label, text, self.purpose = TEXTS[kind]
        self.fields["words"].label, self.fields["words"].help_text = label, text
        self.fields["others"].help_text = ONE_A_LINE
        self.initial.setdefault("samples", "\n".join(frequent(today=timezone.localdate(), number=FREQUENT)))
        self.fields["note"].help_text = "Warum es diese Regel gibt, für Kolleginnen und Kollegen."
        self._shorten(kind)

    def _shorten(self, kind: Kind) -> None:
        """Take away the fields the kind does not have."""
        if kind not in WITH_TARGET:
            del self.fields["page"], self.fields["target"]
        else:
            key = str(self["target"].value() or "")
            self.initial.setdefault("page", page_of_key(key))
            self.fields["page"].help_text = self._target_text(key)
        if kind == Kind.PIN:
            self.fields["place"].help_text = "1 ist ganz oben. Von mehreren kommt die kleinere Zahl zuerst."
        else:
            del self.fields["place"]
        if kind != Kind.ONE_WAY:
            del self.fields["others"]
        else:
            self.fields["others"].required = True

    @staticmethod
    def _target_text(key: str) -> str:
        if not key or page_of_key(key) is not None:
            return "Eine veröffentlichte Seite. Gezeigt wird sie nur denen, die sie lesen dürfen."
        return f"Gewählt ist „{titles([key]).get(key, key)}“. Wählen Sie eine Seite, um das zu ändern."

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        page = data.get("page")
        if page is not None:
            data["target"] = key_of_page(page)
        if self.kind in WITH_TARGET and not data.get("target"):
            self.add_error("page", "Wählen Sie eine veröffentlichte Seite, die in der Suche steht.")
        for name in ("words", "others"):
            if name in data:
                data[name] = "\n".join(lines(data[name]))
        return data

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # of ModelForm, where the instance is filled
        if self.errors:
            return
        self.instance.kind = self.kind
        try:
            check(self.instance)
        except ValidationError as error:
            for name, texts in getattr(error, "error_dict", {None: error.messages}).items():
                self.add_error("page" if name == "target" else name, texts)

    def write(self, actor: Any) -> SteeringRule:
        return services.save_rule(rule=self.instance, actor=actor)

    def searches(self) -> list[str]:
        """Return what to try the rule with: its own words, and what was typed for it."""
        return searches_of(self.instance, lines(self.cleaned_data.get("samples", "")))
