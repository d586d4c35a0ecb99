from __future__ import annotations

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory

from portal.core.templatetags.portal import filesize, is_current, path_words


class Request(forms.Form):
    name = forms.CharField(label="Name")
    email = forms.EmailField(label="E-Mail", help_text="Für die Antwort.", required=False)
    size = forms.ChoiceField(label="Größe", choices=[("s", "klein"), ("m", "mittel")], widget=forms.RadioSelect)
    roles = forms.MultipleChoiceField(
        label="Rollen",
        choices=[("it", "IT"), ("fa", "Fachämter")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    consent = forms.BooleanField(label="Gelesen")
    token = forms.CharField(widget=forms.HiddenInput, initial="geheim")


def test_fields_have_labels_hints_and_kern_classes() -> None:
    html = str(Request())
    assert '<label class="kern-label" for="id_name">Name</label>' in html
    assert 'class="kern-form-input__input"' in html
    assert 'aria-describedby="id_email_helptext"' in html
    assert 'id="id_email_helptext"' in html
    assert html.count("- Optional") == 2
    assert 'type="hidden" name="token" value="geheim"' in html
    assert "kp-error-summary" not in html


def test_groups_are_fieldsets_with_the_right_boxes() -> None:
    html = str(Request())
    assert html.count("<fieldset") == 2
    assert html.count('class="kern-form-check__radio"') == 2
    assert html.count('class="kern-form-check__checkbox"') == 3


def test_errors_are_summed_up_and_stand_at_their_field() -> None:
    form = Request({"name": "", "email": "kein Postfach", "size": "s", "consent": "on", "token": "x"})
    html = str(form)
    assert 'href="#id_name">Name: Dieses Feld' in html
    assert 'href="#id_email">E-Mail:' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert 'value="kein Postfach"' in html
    assert "kern-form-input__input--error" in html


def test_markup_in_values_is_escaped() -> None:
    html = str(Request({"name": '"><script>alert(1)</script>'}))
    assert "<script>" not in html


def test_words_of_an_address_become_a_search() -> None:
    assert path_words("/themen/efa-kommunal/muster-vertrag_2024.html") == "efa kommunal muster vertrag"
    assert path_words("/gibt/es/gr%C3%B6%C3%9Fe/es") == "gibt es größe"
    assert path_words("/") == ""
    assert len(path_words("/" + "wort-" * 500)) <= 100


def test_menu_entry_is_current_for_what_is_below_it() -> None:
    assert is_current("/themen/", "/themen/efa/")
    assert not is_current("/themen/", "/thema/")
    assert not is_current("/", "/themen/")
    assert is_current("/", "/")


def test_sizes_read_as_germans_write_them() -> None:
    assert [filesize(size) for size in (300, 42_312, 1_540_000)] == ["1 kB", "42 kB", "1,5 MB"]
    assert filesize("42 kB") == "42 kB"
    assert filesize(None) == ""


@pytest.mark.django_db
def test_pages_of_a_list_keep_the_query() -> None:
    page = Paginator(range(500), 10).get_page(20)
    template = engines["django"].from_string('{% include "components/pagination.html" with page_obj=page %}')
    html = template.render({"page": page}, RequestFactory().get("/suche/?q=OZG&seite=20"))
    assert 'href="?q=OZG&amp;seite=21"' in html
    assert 'aria-current="page"' in html
    assert "…" in html
