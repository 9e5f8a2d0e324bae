"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, include, path

from audit.log import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("log/", views.log_page, name="log"),
    path("log/checkpoint", views.checkpoint, name="log_checkpoint"),
    path("log/checkpoint/now/", views.checkpoint_now, name="log_checkpoint_now"),
    path("log/checkpoints.txt", views.checkpoint_list, name="log_checkpoint_list"),
    path("log/keys.json", views.key_list, name="log_keys"),
    path("log/consistency/<int:old>/<int:new>/", views.consistency, name="log_consistency"),
    path("log/consistency/<int:old>/<int:new>/json/", views.consistency_json, name="log_consistency_json"),
    path("log/proof/<int:index>/", views.proof, name="log_proof"),
    path("log/proof/<int:index>/file/", views.proof_file, name="log_proof_file"),
    path("", include("audit.log.export_urls")),
]
