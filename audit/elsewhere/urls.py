"""Addresses of queries made elsewhere."""

from django.urls import URLPattern, path

from audit.elsewhere import views

urlpatterns: list[URLPattern] = [
    path("elsewhere/", views.overview, name="elsewhere"),
    path("elsewhere/new/", views.new_system, name="elsewhere_new"),
    path("elsewhere/<int:system_id>/", views.system, name="elsewhere_system"),
    path("elsewhere/<int:system_id>/end/", views.end_system, name="elsewhere_end"),
    path("elsewhere/<int:system_id>/accounts/", views.name_account, name="elsewhere_name_account"),
    path("elsewhere/<int:system_id>/accounts/<int:account_id>/end/", views.end_account, name="elsewhere_end_account"),
    path("elsewhere/exports/<uuid:import_id>/", views.export, name="elsewhere_import"),
    path("elsewhere/exports/<uuid:import_id>/progress/", views.export_progress, name="elsewhere_progress"),
    path("elsewhere/exports/<uuid:import_id>/bad-rows/", views.export_faults, name="elsewhere_faults"),
]
