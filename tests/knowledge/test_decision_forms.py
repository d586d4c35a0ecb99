"""The form of a decision help: faults of a tree at their fields, drafts half done, what the editor sees."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from wagtail.blocks.stream_block import StreamBlockValidationError

from knowledge.models import DecisionHelpPage, ResultCount
from portal.core.review.validation import problems
from tests import factories
from tests.factories.decisions import Nodes, nodes, result, step
from tests.forms import editor_data, tree
from tests.people import PortalClient, add_totp, make_user

pytestmark = pytest.mark.django_db


def _errors(made: Nodes, *, draft: bool) -> StreamBlockValidationError | None:
    field: Any = DecisionHelpPage._meta.get_field("body")
    block = field.stream_block
    value = block.to_python([{"type": kind, "value": value} for kind, value in made])
    if draft:
        block.defer_required_validation()
    try:
        block.clean(value)
    except StreamBlockValidationError as error:
        return error
    finally:
        if draft:
            block.restore_deferred_validation()
    return None


def test_the_form_says_what_is_wrong_at_the_field() -> None:
    factories.act()
    assert _errors(nodes(), draft=False) is None
    loop = [step("a", ("Ja", "b"), ("Nein", "a")), result("b")]
    error = _errors(loop, draft=True)
    assert error is not None
    answers = error.block_errors[0].block_errors["answers"]
    assert "im Kreis" in answers.block_errors[1].block_errors["next"].messages[0]
    twice = _errors([step("a", ("Ja", "b"), ("Nein", "b")), result("b"), result("b")], draft=True)
    assert twice is not None
    assert "zweimal" in twice.block_errors[2].block_errors["key"].messages[0]
    begun = [step("a", ("Ja", "b"), ("Nein", "b")), result("b"), step("", ("", ""))]
    assert _errors(begun, draft=True) is None, "a question just added is no loop"
    unknown = _errors([step("a", ("Ja", "b"), ("Nein", "b")), result("b", legal_basis="§ 1 XYZG")], draft=True)
    assert unknown is not None
    assert "keine bekannte Rechtsvorschrift" in unknown.block_errors[1].block_errors["legal_basis"].messages[0]


def test_a_draft_may_be_unfinished_but_does_not_go_live() -> None:
    factories.act()
    unfinished = [step("a", ("Ja", "b"), ("Nein", "")), result("b", legal_basis=""), result("c")]
    assert _errors(unfinished, draft=True) is None
    assert _errors(unfinished, draft=False) is not None
    page = factories.decision(body=unfinished, live=False)
    found = " ".join(problem.message for problem in problems(page) if problem.field == "body")
    for words in ("Sackgasse", "erreicht niemand", "keine Rechtsgrundlage"):
        assert words in found
    page.save()  # nothing falls over it
    assert "führt noch nirgendwohin" in page.rendered["html"]


def test_the_editor_sees_the_ways_and_loses_nothing_to_a_refusal() -> None:
    user = make_user("redaktion@kkv.example", role="Redaktion")
    factories.act()
    page = factories.decision(owner=user)
    ResultCount.objects.create(page=page, result="ersetzt", month=timezone.localdate().replace(day=1), count=7)
    client = PortalClient()
    add_totp(user)
    client.force_login(user)
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    html = client.get(address).content.decode()
    assert "Wege durch die Fragen" in html
    assert "Ergebnis „Die Größe von ersetzt genügt.“" in html
    assert "Die Größe von ersetzt genügt.: 7" in html
    made = nodes()
    made[1] = step("form", ("Ja", "recht"), ("Nein, gar nicht", "pruefen"))
    response = client.post(address, editor_data(page, user, body=tree(made)))
    assert response.status_code == 200
    answer = response.content.decode()
    assert "im Kreis" in answer
    assert "Nein, gar nicht" in answer
    assert page.revisions.count() == 0
    response = client.post(address, editor_data(page, user, body=tree(nodes())))
    assert response.status_code == 302
    assert page.revisions.count() == 1


def test_the_form_is_complete_as_drawn() -> None:
    """Whoever may do everything saves it with one click: no field is missing that the form does not show."""
    user = make_user("chefin@kkv.example", is_superuser=True)
    page = factories.decision(body=nodes(basis=""), owner=user)
    client = PortalClient()
    add_totp(user)
    client.force_login(user)
    data = editor_data(page, user, change_significance="minor", title="Anders")
    response = client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), {**data, "action-submit": "1"})
    assert response.status_code == 302
    assert page.revisions.count() == 1


def test_a_preview_of_a_half_tree_is_shown(rf: RequestFactory) -> None:
    page = factories.decision(body=[step("a", ("Ja", "b"))], live=False)
    response = page.make_preview_request(original_request=rf.get("/"))
    assert response.status_code == 200
    assert "Wie groß ist a?" in response.content.decode()
    empty = factories.decision("Ohne Größe", body=[], live=False)
    assert "hat noch keine Fragen" in empty.make_preview_request(original_request=rf.get("/")).content.decode()
