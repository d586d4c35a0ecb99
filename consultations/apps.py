from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate, pre_migrate


class ConsultationsConfig(AppConfig):
    name = "consultations"
    verbose_name = "Beratung"

    def ready(self) -> None:
        from wagtail.permissions import register_permission_policy

        from consultations import (
            audit_labels,
            belongings,
            checks,  # noqa: F401 - registers
            learning,
            links,
            log_labels,
            tasks,
            triggers,
            without_role,
        )
        from consultations.desk import outside
        from consultations.mailing import follow, start
        from consultations.models import Absence, Adviser, DraftFile
        from consultations.requester import departing, own_area, tokens
        from consultations.screens.rights import OwnPolicy
        from consultations.services import absences, flagged, invitations, service_time
        from consultations.services.messages import BARRIER_KIND
        from consultations.signals import calendar_changed
        from consultations.wizard import attachments
        from portal.core.work import register_entry, register_kind

        register_kind(BARRIER_KIND, "Gemeldete Barriere", team="Koordination")
        register_kind(absences.KIND, "Termin in einer Abwesenheit", team="Koordination")
        register_entry(absences.KIND, flagged.entry_of)
        everything = frozenset({"view", "add", "change", "delete"})
        register_permission_policy(Adviser, OwnPolicy(Adviser, owner="user", own=frozenset({"view", "change"})))
        register_permission_policy(Absence, OwnPolicy(Absence, owner="adviser__user", own=everything))
        post_delete.connect(attachments.forget, sender=DraftFile, dispatch_uid="draft_files")
        pre_migrate.connect(triggers.remove, sender=self)
        post_migrate.connect(triggers.create, sender=self)
        calendar_changed.connect(service_time.follow, dispatch_uid="service_time")
        calendar_changed.connect(flagged.follow, dispatch_uid="flagged")
        calendar_changed.connect(invitations.follow, dispatch_uid="invitations")
        calendar_changed.connect(follow.follow, dispatch_uid="mailing")
        start.register()
        outside.register()
        without_role.register()
        log_labels.register()
        audit_labels.register()
        belongings.register()
        tasks.register_jobs()
        learning.register()
        own_area.register()
        departing.register()
        links.register_for_municipality(tokens.url)
