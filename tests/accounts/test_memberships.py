import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from wagtail.models import ModelLogEntry

from portal.accounts import services
from portal.accounts.models import Membership, Municipality
from portal.core.visibility import MUNICIPALITY_GROUP, Visibility, level_of_user
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Municipality:
    return Municipality.objects.get(name="Büdingen")


def in_group(user_id: int) -> bool:
    from portal.accounts.models import User

    return User.objects.filter(pk=user_id, groups__name=MUNICIPALITY_GROUP).exists()


def test_only_a_confirmed_membership_opens_content_for_municipalities(town: Municipality) -> None:
    user, centre = make_user(), make_user("koordination@kkv.example", role="Koordination")
    membership = services.request_membership(user=user, municipality=town)
    assert membership.state == Membership.State.REQUESTED
    assert not in_group(user.pk)
    membership = services.confirm_membership(membership=membership, by=centre)
    assert membership.confirmed_at is not None
    assert in_group(user.pk)
    assert level_of_user(user) is Visibility.MUNICIPALITY
    membership = services.end_membership(membership=membership, by=centre)
    assert membership.ended_at is not None
    assert not in_group(user.pk)
    assert list(ModelLogEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "accounts.membership_requested",
        "accounts.membership_confirmed",
        "accounts.membership_ended",
    ]


def test_two_municipalities_one_ends(town: Municipality) -> None:
    user = make_user()
    other = Municipality.objects.get(name="Fürth")
    for place in (town, other):
        services.confirm_membership(membership=services.request_membership(user=user, municipality=place), by=None)
    services.end_membership(membership=Membership.objects.get(municipality=town), by=None)
    assert in_group(user.pk)
    Membership.objects.all().delete()
    assert not in_group(user.pk)


def test_asking_twice_is_one_request_and_nobody_confirms_themselves(town: Municipality) -> None:
    user = make_user()
    first = services.request_membership(user=user, municipality=town)
    assert services.request_membership(user=user, municipality=town) == first
    with pytest.raises(ValidationError, match="andere Person"):
        services.confirm_membership(membership=first, by=user)
    ended = services.end_membership(membership=first, by=user)
    with pytest.raises(ValidationError, match="beendete"):
        services.confirm_membership(membership=ended, by=None)
    assert services.request_membership(user=user, municipality=town) != first


def test_a_former_municipality_takes_nobody(town: Municipality) -> None:
    town.active = False
    town.save()
    with pytest.raises(ValidationError, match="besteht nicht mehr"):
        services.request_membership(user=make_user(), municipality=town)


def test_the_database_refuses_what_the_services_never_do(town: Municipality) -> None:
    user = make_user()
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=user, municipality=town, state="confirmed")
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=user, municipality=town, state="ended")
    Membership.objects.create(user=user, municipality=town)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=user, municipality=town)
    with pytest.raises(IntegrityError), transaction.atomic():
        Municipality.objects.create(name="Ohne Kreis", slug="ohne-kreis", kind="gemeinde")
