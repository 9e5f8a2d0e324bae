"""Addresses of the policy: what is in force, its versions, proposals, determinations; and decisions shown again."""

from django.urls import URLPattern, path

from audit.policies import change_views, replay_views, views

urlpatterns: list[URLPattern] = [
    path("policy/", views.policy_page, name="policy"),
    path("policy/differences/", views.differences, name="policy_differences"),
    path("policy/orders/", views.orders, name="policy_orders"),
    path("policy/versions/<str:stamp>/", views.version, name="policy_version"),
    path("policy/versions/<str:stamp>/text/", views.version_text, name="policy_version_text"),
    path("policy/versions/<str:stamp>/next/", change_views.prepare_fields, name="policy_prepare"),
    path("policy/versions/<str:stamp>/next/text/", change_views.prepare_text, name="policy_prepare_text"),
    path("policy/versions/<str:stamp>/propose/", change_views.propose, name="policy_propose"),
    path("policy/proposals/<uuid:proposal_id>/", change_views.proposal, name="policy_proposal"),
    path("policy/determinations/<slug:conflict>/", change_views.determine, name="policy_determine"),
    path("ledger/<int:index>/decision/", replay_views.decision, name="decision"),
]
