"""The Celery application: JSON only, one queue a kind of work, tasks found in every app's ``tasks.py``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alpr_site.settings.dev")

app = Celery("alpr_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
