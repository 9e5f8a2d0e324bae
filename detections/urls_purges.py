"""Addresses of purges: plans, certificates, and the question whether a read was destroyed. Ids in them are opaque."""

from django.urls import path

from detections.retention import views

urlpatterns = [
    path("purges/", views.purges, name="purges"),
    path("purges/approve/", views.approve_purges, name="approve_purges"),
    path("purges/plan/", views.plan_purges, name="plan_purges"),
    path("purges/prove/", views.prove, name="prove_destroyed"),
    path("purges/prove.json", views.prove_json, name="prove_destroyed_json"),
    path("purges/plans/<uuid:plan_id>/", views.purge_plan, name="purge_plan"),
    path("purges/plans/<uuid:plan_id>/state/", views.plan_state, name="purge_plan_state"),
    path("purges/plans/<uuid:plan_id>/approve/", views.approve_plan, name="approve_purge_plan"),
    path("purges/plans/<uuid:plan_id>/again/", views.plan_again, name="plan_purge_again"),
    path("purges/plans/<uuid:plan_id>/run/", views.run_plan, name="run_purge_plan"),
    path("purges/papers/<int:approval_id>/", views.approval_paper, name="purge_paper"),
    path("purges/certificates/<uuid:certificate_id>/", views.certificate, name="purge_certificate"),
    path("purges/certificates/<uuid:certificate_id>/json/", views.certificate_json, name="purge_certificate_json"),
    path("purges/certificates/<uuid:certificate_id>/pdf/", views.certificate_pdf, name="purge_certificate_pdf"),
    path("purges/certificates/<uuid:certificate_id>/ids/", views.certificate_ids, name="purge_certificate_ids"),
]
