from django.core.mail.backends.filebased import EmailBackend


class OutboxBackend(EmailBackend):
    pass
