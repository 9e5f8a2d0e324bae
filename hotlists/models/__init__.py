"""What we look for, on whose authority, until when."""

from hotlists.models.hot_plates import HotPlate, HotPlateQuerySet
from hotlists.models.imports import HotListImport, ImportRejection
from hotlists.models.lists import (
    HotList,
    HotListGroupObjectPermission,
    HotListQuerySet,
    HotListSource,
    HotListUserObjectPermission,
    SourceKey,
)
from hotlists.models.near import NearKey
from hotlists.models.shares import HotListShare

__all__ = [
    "HotList",
    "HotListGroupObjectPermission",
    "HotListImport",
    "HotListQuerySet",
    "HotListShare",
    "HotListSource",
    "HotListUserObjectPermission",
    "HotPlate",
    "HotPlateQuerySet",
    "ImportRejection",
    "NearKey",
    "SourceKey",
]
