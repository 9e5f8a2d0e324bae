"""Addresses of the public counter."""

from django.urls import path

from registry import views
from registry.publishing import agency_views, public_views, staff_views

app_name = "registry"

urlpatterns = [
    path("transparency/", public_views.transparency_page, name="transparency"),
    path("transparency.json", public_views.transparency_json, name="transparency_json"),
    path("transparency/definitions/", public_views.definitions, name="definitions"),
    path("transparency/recompute.py", public_views.recompute_script, name="recompute"),
    path("transparency/versions/", public_views.versions, name="versions"),
    path("transparency/versions/<int:number>/", public_views.version, name="version"),
    path(
        "transparency/versions/<int:number>/from/<int:other>/",
        public_views.version_differences,
        name="version_differences",
    ),
    path("transparency/versions/<int:number>/<str:name>", public_views.version_file, name="version_file"),
    path("transparency/publications/", staff_views.publications, name="publications"),
    path("transparency/publications/prepare/", staff_views.prepare, name="prepare_publication"),
    path("transparency/publications/<uuid:publication_id>/", staff_views.publication, name="publication"),
    path("transparency/publications/<uuid:publication_id>/publish/", staff_views.publish, name="publish"),
    path("transparency/publications/<uuid:publication_id>/refuse/", staff_views.refuse, name="refuse_publication"),
    path("transparency/agencies/", agency_views.agency_lists, name="agencies"),
    path("transparency/agencies/read/", agency_views.read_list, name="read_agencies"),
    path("transparency/agencies/take-in/", agency_views.take_in, name="take_in_agencies"),
    path("transparency/agencies/<int:agency_id>/", agency_views.agency, name="agency"),
    path("transparency/agencies/entries/<int:sharing_id>/end/", agency_views.end_sharing, name="end_sharing"),
    path("registry/", views.sign_up, name="sign_up"),
    path("registry/sent/", views.sent, name="sent"),
    path("registry/lost-link/", views.lost_link, name="lost_link"),
    path("registry/link-sent/", views.link_sent, name="link_sent"),
    path("registry/confirm/<str:token>/", views.confirm, name="confirm"),
    path("registry/mine/<str:token>/", views.mine, name="mine"),
    path("registry/mine/<str:token>/withdraw/", views.withdraw, name="withdraw"),
    path("registry/demo-mail/", views.demo_mail, name="demo_mail"),
]
