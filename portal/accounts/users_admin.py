"""Wagtail's user administration with the portal's rules: no passwords, roles by group, invitations by mail."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from wagtail.admin import messages
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn
from wagtail.users.forms import UserCreationForm, UserEditForm
from wagtail.users.views.users import CreateView, DeleteView, EditView, IndexView, UserViewSet

from portal.accounts import services
from portal.accounts.belongings import held_by
from portal.accounts.models import User
from portal.accounts.queries import acting_user
from portal.core.visibility import EXTERNAL_ADVISER_GROUP, MUNICIPALITY_GROUP

ROLES_HELP = (
    "Rollen der Kompetenzstelle. Die Zugehörigkeit zu einer Kommune entsteht unter „Zugehörigkeiten“, "
    "nicht hier. Jede Rolle verlangt einen zweiten Faktor."
)


FOLLOWING = (MUNICIPALITY_GROUP, EXTERNAL_ADVISER_GROUP)
"""Groups that follow memberships and are never given by hand."""


class _RoleRules(forms.ModelForm[User]):
    """What both forms share: who may give which rights, and addresses that nobody else uses."""

    acting_user: User

    def _apply_rules(self, acting_user: User) -> None:
        self.acting_user = acting_user
        if not acting_user.is_superuser:
            self.fields.pop("is_superuser", None)
        groups = self.fields.get("groups")
        if isinstance(groups, forms.ModelMultipleChoiceField):
            queryset: QuerySet[Any] = groups.queryset.exclude(name__in=FOLLOWING)  # type: ignore[union-attr]
            groups.queryset = queryset
            groups.label = "Rollen"
            groups.help_text = ROLES_HELP

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        taken = User.objects.filter(email=email).exclude(pk=self.instance.pk).exists()
        if taken or EmailAddress.objects.filter(email=email).exclude(user_id=self.instance.pk).exists():
            raise forms.ValidationError("Diese Adresse ist schon vergeben.")
        return email

    def _save_m2m(self) -> None:
        """Save the roles and leave the groups that follow memberships to them."""
        kept = list(self.instance.groups.filter(name__in=FOLLOWING)) if self.instance.pk else []
        super()._save_m2m()  # type: ignore[misc]
        if "groups" in self.fields:
            self.instance.groups.add(*kept)


class PortalUserCreationForm(_RoleRules, UserCreationForm):
    def __init__(self, *args: Any, acting_user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._apply_rules(acting_user)

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        return super().save(commit=commit)


class PortalUserEditForm(_RoleRules, UserEditForm):
    def __init__(self, *args: Any, acting_user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._apply_rules(acting_user)
        if acting_user.pk == self.instance.pk:
            # Nobody raises their own rights; another administrator changes them.
            self.fields.pop("groups", None)

    def clean_is_active(self) -> bool:
        """Refuse to close an account whose person still answers for something; the hand-over does both at once."""
        active = bool(self.cleaned_data["is_active"])
        person = User.objects.get(pk=self.instance.pk)
        if active and person.erased_at is not None:
            raise forms.ValidationError("Dieses Konto hat die Person selbst gelöscht. Legen Sie ein neues an.")
        held = held_by(person) if person.is_active and not active else []
        if held:
            what = ", ".join(f"{kind.label}: {count}" for kind, count in held)
            message = '{} ist noch zuständig: {}. Öffnen Sie <a href="{}">Übergeben und deaktivieren</a>.'
            url = reverse("accounts_hand_over", args=[person.pk])
            raise forms.ValidationError(format_html(message, person, what, url))
        return active

    def save(self, commit: bool = True) -> User:
        before = User.objects.get(pk=self.instance.pk)
        user: User = super().save(commit=commit)
        if before.email != user.email:
            services.move_email(user=user, old=before.email, by=self.acting_user)
        if before.is_active and not user.is_active:
            services.follow_closing(user=user)
        return user


class _ActingUser:
    """Pass the person at work to the form, and keep superusers out of reach of everybody else."""

    request: HttpRequest

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "acting_user": self.request.user}  # type: ignore[misc]


def _refuse_superuser(request: HttpRequest, user: Any) -> None:
    if user.is_superuser and not acting_user(request).is_superuser:
        raise PermissionDenied


class PortalUserIndexView(IndexView):
    @cached_property
    def columns(self) -> list[Any]:
        """The listing without bulk actions, which know nothing of our rules."""
        return [column for column in super().columns if not isinstance(column, BulkActionsCheckboxColumn)]


class PortalUserCreateView(_ActingUser, CreateView):
    def save_instance(self) -> Any:
        user = super().save_instance()
        services.log_roles(user=user, by=acting_user(self.request))
        services.invite(user=user, by=acting_user(self.request))
        return user

    success_message = "Konto „%(object)s“ angelegt. Die Einladung ist unterwegs."


class PortalUserEditView(_ActingUser, EditView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        _refuse_superuser(request, self.object)
        return super().dispatch(request, *args, **kwargs)

    def save_instance(self) -> Any:
        before = services.rights_of(self.object)
        user = super().save_instance()
        if services.rights_of(user) != before:
            services.log_roles(user=user, by=acting_user(self.request))
        return user


class PortalUserDeleteView(DeleteView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        person = self.get_object()
        _refuse_superuser(request, person)
        if request.user.has_perm("accounts.delete_user") and held_by(person):
            messages.error(request, f"{person} ist noch zuständig. Übergeben Sie zuerst alles, dann löschen Sie.")
            return redirect("accounts_hand_over", person.pk)
        return super().dispatch(request, *args, **kwargs)


class PortalUserViewSet(UserViewSet):
    index_view_class = PortalUserIndexView
    add_view_class = PortalUserCreateView
    edit_view_class = PortalUserEditView
    delete_view_class = PortalUserDeleteView
    copy_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm[User]]:
        return PortalUserEditForm if for_update else PortalUserCreationForm
