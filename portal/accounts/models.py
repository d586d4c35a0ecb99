"""People, municipalities, and who belongs where."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def _create(self, email: str, password: str | None, **extra: Any) -> User:
        if not email:
            raise ValueError("An account needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self._create(email, password, **extra)

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self._create(email, password, **{"is_staff": True, "is_superuser": True, **extra})

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """An account of the centre or of a municipality; the e-mail address is the login."""

    email = models.EmailField(
        "E-Mail-Adresse", unique=True, error_messages={"unique": "Diese Adresse ist schon vergeben."}
    )
    first_name = models.CharField("Vorname", max_length=120, blank=True)
    last_name = models.CharField("Nachname", max_length=120, blank=True)
    phone = models.CharField("Telefon (freiwillig)", max_length=40, blank=True)
    is_staff = models.BooleanField("Zugang zur technischen Verwaltung", default=False)
    is_active = models.BooleanField("Aktiv", default=True)
    date_joined = models.DateTimeField("Angelegt", default=timezone.now)
    session_generation = models.PositiveIntegerField(default=0, editable=False)
    erased_at = models.DateTimeField("Gelöscht am", null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "Konto"
        verbose_name_plural = "Konten"
        ordering = ["last_name", "first_name", "email"]
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_ci")]

    def __str__(self) -> str:
        return self.get_full_name()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the login in lower case: SQLite's own comparison knows no case beyond ASCII."""
        self.email = self.email.lower()
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        if self.erased_at is not None:
            return "Gelöschtes Konto"
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_short_name(self) -> str:
        return self.first_name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Bind sessions to password and generation, so that raising the generation ends all of them."""
        value = f"{self.password}:{self.session_generation}"
        return salted_hmac("portal.accounts.session", value, secret=secret, algorithm="sha256").hexdigest()


class District(models.Model):
    """A district (Landkreis) or its equivalent; kreisfreie Städte have none."""

    key = models.CharField(
        "Schlüssel", max_length=5, unique=True, validators=[RegexValidator(r"^\d{5}$", "Fünf Ziffern.")],
        help_text="Die ersten fünf Stellen des Amtlichen Gemeindeschlüssels.",
    )  # fmt: skip
    name = models.CharField("Name", max_length=120)

    class Meta:
        verbose_name = "Landkreis"
        verbose_name_plural = "Landkreise"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Territory(models.TextChoices):
    """The bodies with a key and a size; of them the reference data, size classes and figures speak."""

    GEMEINDE = "gemeinde", "Gemeinde"
    STADT = "stadt", "Stadt"
    KREISFREIE_STADT = "kreisfreie-stadt", "Kreisfreie Stadt"
    LANDKREIS = "landkreis", "Landkreis"


class Municipality(models.Model):
    """A body that people can belong to: municipalities and districts (reference data), and others made by hand.

    Why the others stand in the same table: docs/decisions/0005-other-bodies-beside-municipalities.md.
    """

    class Kind(models.TextChoices):
        GEMEINDE = "gemeinde", "Gemeinde"
        STADT = "stadt", "Stadt"
        KREISFREIE_STADT = "kreisfreie-stadt", "Kreisfreie Stadt"
        LANDKREIS = "landkreis", "Landkreis"
        ZWECKVERBAND = "zweckverband", "Zweckverband"
        VERBAND = "verband", "Verband"
        IT_DIENSTLEISTER = "it-dienstleister", "IT-Dienstleister"

        @property
        def is_territorial(self) -> bool:
            """True for municipalities and districts: the bodies with a key and a size."""
            return self.value in Territory.values

        @property
        def may_advise(self) -> bool:
            """True for bodies whose people can be external advisers."""
            return self in (Municipality.Kind.VERBAND, Municipality.Kind.IT_DIENSTLEISTER)

    class SizeClass(models.TextChoices):
        UP_TO_5000 = "bis-5000", "bis 5.000 Einwohner"
        UP_TO_20000 = "bis-20000", "5.001 bis 20.000 Einwohner"
        UP_TO_100000 = "bis-100000", "20.001 bis 100.000 Einwohner"
        OVER_100000 = "ueber-100000", "über 100.000 Einwohner"

        @classmethod
        def of(cls, population: int) -> Municipality.SizeClass:
            for limit, value in (
                (5_000, cls.UP_TO_5000),
                (20_000, cls.UP_TO_20000),
                (100_000, cls.UP_TO_100000),
            ):
                if population <= limit:
                    return value
            return cls.OVER_100000

    ags = models.CharField(
        "Amtlicher Gemeindeschlüssel", max_length=8, unique=True, null=True, blank=True,
        validators=[RegexValidator(r"^\d{5}(\d{3})?$", "Acht Ziffern, bei Landkreisen fünf.")],
    )  # fmt: skip
    name = models.CharField("Name", max_length=160)
    official_name = models.CharField("Amtlicher Name", max_length=200, blank=True)
    slug = models.SlugField("Kürzel", max_length=120, unique=True)
    kind = models.CharField("Art", max_length=20, choices=Kind.choices)
    district = models.ForeignKey(
        District,
        verbose_name="Landkreis",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="municipalities",
    )
    size_class = models.CharField("Größenklasse", max_length=20, choices=SizeClass.choices, blank=True)
    active = models.BooleanField("Besteht", default=True)

    class Meta:
        verbose_name = "Kommune"
        verbose_name_plural = "Kommunen"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind__in=["gemeinde", "stadt"]) | Q(district__isnull=False),
                name="accounts_municipality_has_district",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["gemeinde", "stadt", "kreisfreie-stadt", "landkreis"])
                | Q(ags__isnull=True, size_class=""),
                name="accounts_municipality_key_of_territory",
                violation_error_message="Schlüssel und Größenklasse haben nur Kommunen und Landkreise.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_territorial(self) -> bool:
        return Municipality.Kind(self.kind).is_territorial

    @property
    def described(self) -> str:
        """Return kind and district in words: "Gemeinde, Wetteraukreis"."""
        own = self.kind == Municipality.Kind.LANDKREIS
        district = "" if own or self.district is None else f", {self.district.name}"
        return f"{self.get_kind_display()}{district}"


class MailDomain(models.Model):
    """A domain of a body's mail addresses; one that a single body has admits its people at once."""

    municipality = models.ForeignKey(
        Municipality, verbose_name="Kommune", on_delete=models.CASCADE, related_name="mail_domains"
    )
    domain = models.CharField(
        "Domain", max_length=253, db_index=True,
        help_text="Der Teil der Adresse nach dem @, zum Beispiel „stadt.example“.",
    )  # fmt: skip

    class Meta:
        verbose_name = "Mail-Domain"
        verbose_name_plural = "Mail-Domains"
        ordering = ["domain", "municipality__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "domain"],
                name="accounts_domain_once",
                violation_error_message="Diese Domain ist für diese Kommune schon eingetragen.",
            ),
            models.CheckConstraint(
                condition=Q(domain=Lower("domain")) & ~Q(domain=""), name="accounts_domain_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return self.domain


class Membership(models.Model):
    """A person in a municipality. Only confirmed memberships open content for municipalities.

    A requested one carries the wanted role. `renewed_at` is when the person last said that it still holds (empty:
    at `confirmed_at`), `asked_at` when they were asked, `reminded_at` when a second time (docs/accounts.md).
    """

    class Role(models.TextChoices):
        MEMBER = "member", "Mitglied"
        ADMIN = "admin", "Verwaltung des Zugangs"

    class State(models.TextChoices):
        REQUESTED = "requested", "Beantragt"
        CONFIRMED = "confirmed", "Bestätigt"
        ENDED = "ended", "Beendet"

    class End(models.TextChoices):
        """Why a membership ended; empty for those of earlier versions."""

        LEFT = "left", "Selbst beendet"
        REMOVED = "removed", "Durch die Verwaltung beendet"
        REFUSED = "refused", "Anfrage abgelehnt"
        LAPSED = "lapsed", "Nicht mehr bestätigt"
        ERASED = "erased", "Konto gelöscht"

    user = models.ForeignKey(User, verbose_name="Person", on_delete=models.CASCADE, related_name="memberships")
    municipality = models.ForeignKey(
        Municipality, verbose_name="Kommune", on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField("Rolle", max_length=10, choices=Role.choices, default=Role.MEMBER)
    state = models.CharField("Zustand", max_length=10, choices=State.choices, default=State.REQUESTED)
    created_at = models.DateTimeField("Beantragt am", auto_now_add=True)
    confirmed_at = models.DateTimeField("Bestätigt am", null=True, blank=True)
    ended_at = models.DateTimeField("Beendet am", null=True, blank=True)
    end_reason = models.CharField("Grund", max_length=10, choices=End.choices, blank=True, editable=False)
    renewed_at = models.DateTimeField("Zuletzt bekräftigt am", null=True, blank=True, editable=False)
    asked_at = models.DateTimeField("Nachgefragt am", null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField("Erinnert am", null=True, blank=True, editable=False)
    admin_requested_at = models.DateTimeField("Verwaltung beantragt am", null=True, blank=True, editable=False)
    is_external_adviser = models.BooleanField("Externe Beratung", default=False, editable=False)

    class Meta:
        verbose_name = "Zugehörigkeit"
        verbose_name_plural = "Zugehörigkeiten"
        ordering = ["municipality__name", "user__last_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "municipality"], condition=~Q(state="ended"), name="accounts_membership_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False),
                name="accounts_membership_confirmed_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | Q(ended_at__isnull=False), name="accounts_membership_ended_at"
            ),
            models.CheckConstraint(
                condition=Q(is_external_adviser=False) | Q(state="confirmed"),
                name="accounts_membership_adviser_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(admin_requested_at__isnull=True) | Q(state="confirmed", role="member"),
                name="accounts_membership_asks_as_member",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.municipality}"


class FactorReset(models.Model):
    """The request to remove a lost second factor; carried out only by a second administrator, and kept."""

    user = models.ForeignKey(User, verbose_name="Konto", on_delete=models.CASCADE, related_name="factor_resets")
    requested_by = models.ForeignKey(
        User, verbose_name="Beantragt von", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_by = models.ForeignKey(
        User,
        verbose_name="Freigegeben von",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    reason = models.CharField("Grund", max_length=255)
    requested_at = models.DateTimeField("Beantragt am", auto_now_add=True)
    done_at = models.DateTimeField("Ausgeführt am", null=True, blank=True)
    declined_at = models.DateTimeField("Abgelehnt am", null=True, blank=True)

    class Meta:
        verbose_name = "Zurücksetzen eines zweiten Faktors"
        verbose_name_plural = "Zurücksetzen zweiter Faktoren"
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(done_at__isnull=True, declined_at__isnull=True),
                name="accounts_reset_open_once",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("requested_by")),
                name="accounts_reset_two_people",
            ),
            models.CheckConstraint(
                condition=(Q(requested_by__isnull=True) | ~Q(requested_by=models.F("user")))
                & (Q(approved_by__isnull=True) | ~Q(approved_by=models.F("user"))),
                name="accounts_reset_by_others",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(declined_at__isnull=True), name="accounts_reset_one_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.requested_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.declined_at is None
