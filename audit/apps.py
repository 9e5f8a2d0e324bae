"""The ground floor's configuration: profiles are checked before anything is served."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """People, policy, refusals and the ledger."""

    name = "audit"
    verbose_name = "People, policy and ledger"

    def ready(self) -> None:
        from audit import checks  # noqa: F401 - registers the checks
        from audit.log import checks as log_checks  # noqa: F401 - the same
        from audit.signin import signals  # noqa: F401 - connects the receivers
