"""Many pages are moved together or not at all, and a refusal says why: in the words of a single move."""

from __future__ import annotations

from typing import Any

import pytest
from wagtail.models import GroupPagePermission, Page

from portal.core.screens import moving
from portal.home.models import StandardPage
from tests.factories import content
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db


def tree() -> list[Any]:
    return list(Page.objects.order_by("path").values_list("pk", "path", "url_path", "numchild"))


def client(**fields: Any) -> PortalClient:
    made = PortalClient()
    made.force_login(make_user("leitung@kkv.example", factor=True, **(fields or {"is_superuser": True})))
    return made


def move(editor: PortalClient, target: Any, *pages: Any) -> Any:
    query = "&".join(f"id={page.pk}" for page in pages)
    next_url = f"/cms/pages/{content.home().pk}/"
    return editor.post(f"/cms/bulk/wagtailcore/page/move/?next={next_url}&{query}", {"chooser": target.pk})


def single(editor: PortalClient, target: Any, page: Any) -> str:
    """Return what the move of one page answers."""
    address = f"/cms/pages/{page.pk}/move/{target.pk}/confirm/"
    answers = [getattr(editor, method)(address, follow=True).content.decode() for method in ("get", "post")]
    return answers[1]


def check_refused(editor: PortalClient, target: Any, page: Any, reason: str, *others: Any) -> None:
    before = tree()
    assert reason in single(editor, target, page).replace("&quot;", '"')
    html = move(editor, target, *others, page).content.decode()
    assert reason in html
    assert moving.NOTHING_MOVED in html
    assert tree() == before


@pytest.mark.parametrize("below", ["itself", "child", "grandchild"])
def test_a_page_under_itself(below: str) -> None:
    topic, other = content.topic("Größe"), content.topic("Anderes")
    child = content.topic("Maß", parent=topic)
    grandchild = content.topic("Übermaß", parent=child)
    target = {"itself": topic, "child": child, "grandchild": grandchild}[below]
    check_refused(client(), target, topic, moving.UNDER_ITSELF, other)


def test_under_a_kind_that_does_not_take_it() -> None:
    topic, other = content.topic("Größe"), content.topic("Anderes")
    article = content.article("Anträge prüfen", parent=topic)
    fitting = content.topic("Passt", parent=other)
    reason = "kann nicht unter „Themen“ (Themenübersicht) stehen. Möglich ist das Ziel: "
    check_refused(client(), content.topic_index(), article, reason, fitting)


def test_an_address_that_two_of_the_selection_have() -> None:
    one, two, target = content.topic("Eins"), content.topic("Zwei"), content.topic("Ziel")
    first = content.article("Anträge prüfen", parent=one)
    second = content.article("Anträge prüfen", parent=two)
    before = tree()
    html = move(client(), target, first, second).content.decode()
    assert "Dort gäbe es die Adresse „antraege-pruefen“ zweimal." in html
    assert moving.NOTHING_MOVED in html
    assert tree() == before


def test_an_address_that_is_taken_there() -> None:
    one, target = content.topic("Eins"), content.topic("Ziel")
    pages = [content.article(title, parent=one) for title in ("Frei", "Anträge prüfen")]
    content.article("Anträge prüfen", parent=target)
    before = tree()
    html = move(client(), target, *pages).content.decode()
    assert "Dort gäbe es die Adresse „antraege-pruefen“ zweimal." in html
    assert tree() == before


def test_without_the_right_to_move_or_to_add_there() -> None:
    topic, target = content.topic("Größe"), content.topic("Ziel")
    article = content.article("Anträge prüfen", parent=topic)
    adviser = make_user("beratung@kkv.example", role="Beratung")
    assert moving.refusal(adviser, article, target) == moving.NOT_ALLOWED.format(title="Anträge prüfen")
    reviewer = make_user("pruefung@kkv.example", role="Fachprüfung", factor=True)
    assert moving.refusal(reviewer, article, target) == ""
    everywhere = GroupPagePermission.objects.filter(group__name="Fachprüfung")
    everywhere.update(page=Page.objects.get(pk=topic.pk))
    editor = PortalClient()
    editor.force_login(reviewer)
    check_refused(editor, target, article, "Dort fehlt Ihnen das Recht, Seiten anzulegen.")


def test_reasons_are_told_once_and_the_rest_is_counted() -> None:
    topic = content.topic("Größe")
    pages = [content.article(f"Anträge {number} prüfen", parent=topic) for number in range(12)]
    before = tree()
    html = move(client(), content.topic_index(), *pages).content.decode()
    assert html.count("kann nicht unter „Themen“") == moving.MOST
    assert "Das gilt auch für 2 weitere Seiten." in html
    assert tree() == before


def test_what_the_first_moves_make_impossible_undoes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    topic, target = content.topic("Größe"), content.topic("Ziel")
    pages = [content.article(f"Anträge {number} prüfen", parent=topic) for number in range(3)]
    before = tree()
    monkeypatch.setattr(type(pages[0]), "can_move_to", lambda self, parent: not parent.get_children().exists())
    answer = move(client(), target, *pages)
    assert answer.status_code == 302
    assert tree() == before


def test_allowed_ones_are_moved_all_also_with_their_children() -> None:
    topic, target = content.topic("Größe"), content.topic("Ziel")
    pages = [content.article(f"Anträge {number} prüfen", parent=topic) for number in range(3)]
    below = content.topic("Maß", parent=topic)
    deep = content.article("Messen", parent=below)
    answer = move(client(), target, *pages, below)
    assert answer.status_code == 302
    moved = Page.objects.get(pk=target.pk).get_children()
    assert [page.pk for page in moved] == [page.pk for page in (*pages, below)]
    assert Page.objects.get(pk=deep.pk).url_path.endswith("/ziel/mass/messen/")
    assert Page.find_problems() == ([], [], [], [], [])


def test_to_an_address_that_a_view_answers() -> None:
    above, other = content.standard_page("Über uns"), content.standard_page("Anderes")
    page = StandardPage(title="Kontakt", slug="kontakt", live=True)
    above.add_child(instance=page)
    words = {"title": "Kontakt", "target": content.home().title, "address": "/kontakt/"}
    check_refused(client(), content.home(), page, moving.NOT_REACHED.format(**words), other)
