"""App configurations of the frame: our admin site takes the place of Django's."""

from django.apps import AppConfig, apps
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    """Logging and system checks of the whole house."""

    name = "alpr_site"
    default = True

    def ready(self) -> None:
        from alpr_site import checks, logs, schedule  # noqa: F401 - registers the checks

        logs.configure()
        # The signal is sent only for apps that have models; these rows are django_celery_beat's.
        beat = apps.get_app_config("django_celery_beat")
        post_migrate.connect(schedule.seed, sender=beat, dispatch_uid="alpr_site.schedule")


class AdminConfig(admin_apps.AdminConfig):
    """Django's admin behind the one sign-in of the product."""

    default_site = "alpr_site.admin_site.PlatekeeperAdmin"
    default = False
