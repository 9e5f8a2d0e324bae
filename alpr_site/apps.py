"""App configurations of the frame: our admin site takes the place of Django's."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class SiteConfig(AppConfig):
    """Logging and system checks of the whole house."""

    name = "alpr_site"
    default = True

    def ready(self) -> None:
        from alpr_site import checks, logs  # noqa: F401 - registers the checks

        logs.configure()


class AdminConfig(admin_apps.AdminConfig):
    """Django's admin behind the one sign-in of the product."""

    default_site = "alpr_site.admin_site.PlatekeeperAdmin"
    default = False
