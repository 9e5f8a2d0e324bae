"""WSGI entry point for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alpr_site.settings.production")
application = get_wsgi_application()

from audit import policy  # noqa: E402 - the apps must be loaded first

# A wrong profile stops the start, with file, key and reason, rather than the first search.
policy.shipped()
