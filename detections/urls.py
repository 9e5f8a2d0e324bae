"""Addresses of the hit desk, photographs, searches, reads, holds and purges."""

from detections import urls_hits, urls_holds, urls_search

app_name = "detections"
urlpatterns = [*urls_hits.urlpatterns, *urls_search.urlpatterns, *urls_holds.urlpatterns]
