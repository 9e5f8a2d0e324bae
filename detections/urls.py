"""Addresses of the hit desk, photographs, searches, reads, holds, purges and evidence packages."""

from detections import urls_hits, urls_holds, urls_search
from detections.evidence import urls as urls_evidence

app_name = "detections"
urlpatterns = [*urls_hits.urlpatterns, *urls_search.urlpatterns, *urls_holds.urlpatterns, *urls_evidence.urlpatterns]
