"""Settings, URLs, Celery, quick start and the pages' frame. No law and no domain rule lives here."""

from alpr_site.celery import app as celery_app

__all__ = ["celery_app"]
__version__ = "0.1.0"
