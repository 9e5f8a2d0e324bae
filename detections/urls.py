"""Addresses of the hit desk, searches, reads and photographs."""

from importlib.util import find_spec
from importlib import import_module

app_name = "detections"
urlpatterns = []
for module in ("detections.urls_hits", "detections.urls_search"):
    if find_spec(module):
        urlpatterns += import_module(module).urlpatterns
