"""Addresses of this room."""

from django.urls import URLPattern, path

from audit.review import finding_views, views

urlpatterns: list[URLPattern] = [
    path("inspections/", views.inspections, name="inspections"),
    path("inspections/<uuid:inspection_id>/", views.inspection, name="inspection"),
    path("inspections/<uuid:inspection_id>/draw/", views.draw_sample, name="inspection_draw"),
    path("inspections/<uuid:inspection_id>/drawing/", views.drawing_state, name="inspection_drawing"),
    path("inspections/<uuid:inspection_id>/hand-over/", views.hand_over, name="inspection_hand_over"),
    path("inspections/<uuid:inspection_id>/sign/", views.sign, name="inspection_sign"),
    path("inspections/<uuid:inspection_id>/approve/", views.approve, name="inspection_approve"),
    path("inspections/<uuid:inspection_id>/back/", views.give_back, name="inspection_back"),
    path("inspections/<uuid:inspection_id>/papers/<str:part>", views.paper, name="inspection_paper"),
    path("inspections/queries/<uuid:query_id>/", views.inspected_query, name="inspected_query"),
    path("inspections/queries/<uuid:query_id>/mark/", views.mark_query, name="inspected_query_mark"),
    path("findings/", finding_views.finding_list, name="findings"),
    path("findings/<uuid:finding_id>/", finding_views.finding, name="finding"),
    path("findings/<uuid:finding_id>/answer/", finding_views.answer, name="finding_answer"),
    path("findings/<uuid:finding_id>/close/", finding_views.close, name="finding_close"),
    path("findings/<uuid:finding_id>/send-on/", finding_views.send_on, name="finding_send_on"),
]
