"""The verbs of cameras: commission, attest, deploy, end, retire; issue and revoke a device key; list and open."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.db.models import Max, Prefetch, Q, QuerySet

from audit import gate, ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import RoleGrant, User
from audit.refusals import Refusal, Refused
from cameras import devices, rules
from cameras.models import Camera, Deployment, DeviceKey, Site

PURPOSE = "administration"
HISTORY = 30
_APPROVING_RANKS = ("sergeant", "lieutenant", "captain", "chief")
_APPROVING_ROLES = (RoleGrant.Role.ALPR_ADMINISTRATOR, RoleGrant.Role.COMMANDER)


@dataclass(frozen=True, slots=True)
class CameraRow:
    """A camera as the list shows it: its state, where it stands, and when one of its keys was last used."""

    camera: Camera
    state: str
    deployment: Deployment | None
    last_heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A device key as its camera's page shows it; the secret exists nowhere."""

    key: DeviceKey
    state: str


@dataclass(frozen=True, slots=True)
class OpenedCamera:
    """A camera with all that belongs to it. ``keys`` is empty for those who do not manage cameras."""

    camera: Camera
    state: str
    deployment: Deployment | None
    deployments: list[Deployment]
    keys: list[KeyRow]
    history: list[Any]
    may_manage: bool


def approvers(at: datetime) -> QuerySet[User]:
    """People who may approve a deployment: sergeant or above, or ALPR administrator or division commander now."""
    roles = RoleGrant.objects.at(at).filter(role__in=_APPROVING_ROLES).values("user_id")
    able = Q(classification__in=_APPROVING_RANKS) | Q(pk__in=roles)
    return User.objects.filter(able, is_active=True).order_by("last_name", "username")


def list_cameras(*, by: Asker, at: datetime) -> list[CameraRow]:
    """All cameras in order of code, as they stand at the instant. Three queries."""
    with _act(Action.CAMERA_LIST, by, at) as record:
        gate.admit(by, Ability.VIEW_CAMERAS, at=at)
        standing = Deployment.objects.at(at).select_related("site")
        cameras = Camera.objects.order_by("code").annotate(last_heard_at=Max("keys__last_used_at"))
        rows = [_row(camera, at) for camera in cameras.prefetch_related(Prefetch("deployments", standing))]
        record.result_count = len(rows)
    return rows


def open_camera(*, code: str, by: Asker, at: datetime) -> OpenedCamera:
    """One camera by its code. Raises Camera.DoesNotExist."""
    with _act(Action.CAMERA_VIEW, by, at, code=code) as record:
        gate.admit(by, Ability.VIEW_CAMERAS, at=at)
        camera = Camera.objects.get(code=code)
        record.about("camera", camera.pk, camera.code)
        record.result_count = 1
        deployments = list(camera.deployments.select_related("site", "approved_by").order_by("-starts_at"))
        standing = Deployment.objects.at(at).filter(camera=camera).select_related("site").first()
        may_manage = by.user is not None and Ability.MANAGE_CAMERAS in abilities_of(by.user, at)
        opened = OpenedCamera(
            camera,
            state_of(camera, standing, at),
            standing,
            deployments,
            _keys(camera, at) if may_manage else [],
            list(camera.history.select_related("history_user")[:HISTORY]),
            may_manage,
        )
    return opened


def state_of(camera: Camera, deployment: Deployment | None, at: datetime) -> str:
    """``operational``, ``not deployed`` or ``retired``, by arithmetic."""
    if camera.retired_at is not None and camera.retired_at <= at:
        return "retired"
    return "operational" if deployment is not None and camera.commissioned_at <= at else "not deployed"


def commission_camera(
    *,
    code: str,
    name: str,
    owner_class: str,
    kind: str,
    authority: str,
    by: Asker,
    at: datetime,
    bearing: int | None = None,
    public_view: bool = False,
    firmware: str = "",
) -> Camera:
    """Take a camera into service. ``public_view`` is the attestation of A.7 and A.10-A.11, made by the asker."""
    with _act(Action.CAMERA_COMMISSION, by, at, code=code) as record:
        profile = gate.admit(by, Ability.MANAGE_CAMERAS, at=at)
        _refuse(rules.refuse_commission(owner_class, kind, Camera.objects.filter(code=code).exists(), profile))
        camera = Camera(
            code=code, name=name, owner_class=owner_class, kind=kind, authority=authority, bearing=bearing,
            public_view=public_view, firmware=firmware, commissioned_at=at,
        )  # fmt: skip
        try:
            with transaction.atomic():
                _save(camera, by, "Commissioned")
        except IntegrityError:  # somebody took the code a moment ago
            _refuse(rules.refuse_commission(owner_class, kind, Camera.objects.filter(code=code).exists(), profile))
            raise
        record.about("camera", camera.pk, code)
        record.detail = {"owner_class": owner_class, "kind": kind, "public_view": public_view}
    return camera


def attest_public_view(*, camera_id: Any, by: Asker, at: datetime) -> Camera:
    """State, under one's name, that a camera looks at public view only (A.7, A.10-A.11)."""
    with _act(Action.CAMERA_ATTEST, by, at) as record:
        profile = gate.admit(by, Ability.MANAGE_CAMERAS, at=at)
        camera = _locked(camera_id, record)
        _refuse(rules.refuse_retired(camera, at, profile))
        camera.public_view = True
        _save(camera, by, "Attested public view only", "public_view")
    return camera


def deploy_camera(
    *,
    camera_id: Any,
    site: Site,
    starts_at: datetime,
    purpose: str,
    approved_by: User | None,
    by: Asker,
    at: datetime,
) -> Deployment:
    """Put a camera at a site from ``starts_at`` on (D.1, F.2)."""
    with _act(Action.CAMERA_DEPLOY, by, at, reason=purpose) as record:
        profile = gate.admit(by, Ability.MANAGE_CAMERAS, at=at)
        camera = _locked(camera_id, record)
        _refuse(
            rules.refuse_retired(camera, at, profile)
            or rules.refuse_deployment(
                camera,
                purpose=purpose,
                named=approved_by is not None,
                may_approve=approved_by is not None and approvers(at).filter(pk=approved_by.pk).exists(),
                starts_at=starts_at,
                at=at,
                others=list(camera.deployments.all()),
                profile=profile,
            )
        )
        assert approved_by is not None  # noqa: S101 - refused above
        deployment = Deployment(
            camera=camera, site=site, starts_at=starts_at, purpose=purpose.strip(), approved_by=approved_by
        )
        _save(deployment, by, "Deployed")
        record.detail = {"site": site.pk, "starts_at": starts_at, "approved_by": approved_by.pk}
    return deployment


def end_deployment(*, camera_id: Any, ends_at: datetime, by: Asker, at: datetime) -> Deployment:
    """End a camera's open deployment."""
    with _act(Action.CAMERA_END_DEPLOYMENT, by, at) as record:
        profile = gate.admit(by, Ability.MANAGE_CAMERAS, at=at)
        camera = _locked(camera_id, record)
        deployment = camera.deployments.filter(ends_at=None).first()
        _refuse(rules.refuse_end(deployment, ends_at, at, profile))
        assert deployment is not None  # noqa: S101 - refused above
        _end(deployment, ends_at, by)
        record.detail = {"site": deployment.site_id, "ends_at": ends_at}
    return deployment


def retire_camera(*, camera_id: Any, reason: str, by: Asker, at: datetime) -> Camera:
    """Take a camera out of service for good: its open deployment ends, its keys are dead from this instant."""
    with _act(Action.CAMERA_RETIRE, by, at, reason=reason) as record:
        profile = gate.admit(by, Ability.MANAGE_CAMERAS, at=at)
        camera = _locked(camera_id, record)
        _refuse(rules.refuse_retirement(camera, at, profile))
        for deployment in camera.deployments.filter(ends_at=None, starts_at__lt=at):
            _end(deployment, at, by)
        camera.retired_at = at
        _save(camera, by, f"Retired: {reason}"[:100], "retired_at")
    return camera


def issue_device_key(
    *, camera_id: Any, name: str, by: Asker, at: datetime, expires_at: datetime | None = None
) -> tuple[DeviceKey, str]:
    """A new key and its clear text, which exists nowhere else. Older keys stay until they are revoked."""
    with _act(Action.CAMERA_KEY_ISSUE, by, at) as record:
        profile = gate.admit(by, Ability.MANAGE_CAMERAS, at=at)
        camera = _locked(camera_id, record)
        _refuse(rules.refuse_key(camera, at, profile))
        key, clear = DeviceKey.objects.create_key(camera=camera, name=name, issued_by=by.user, expiry_date=expires_at)
        record.detail = {"prefix": key.prefix, "name": name, "expires_at": expires_at}
    return cast(DeviceKey, key), clear


def revoke_device_key(*, prefix: str, by: Asker, at: datetime) -> DeviceKey:
    """Kill a key: the next request with it is refused. Raises DeviceKey.DoesNotExist."""
    with _act(Action.CAMERA_KEY_REVOKE, by, at, prefix=prefix) as record:
        profile = gate.admit(by, Ability.MANAGE_CAMERAS, at=at)
        key = DeviceKey.objects.select_for_update().get(prefix=prefix)
        record.about("camera", key.camera_id, key.camera.code)
        _refuse(rules.refuse_revocation(key, profile))
        key.revoked, key.revoked_at, key.revoked_by = True, at, by.user
        key.save(update_fields=["revoked", "revoked_at", "revoked_by"])
        record.detail = {"prefix": prefix}
    return key


@contextmanager
def _act(action: Action, by: Asker, at: datetime, reason: str = "", **query: str) -> Iterator[ledger.Record]:
    with ledger.act(action, by=by, at=at, purpose=PURPOSE, reason=reason, query=query) as record:
        yield record


def _keys(camera: Camera, at: datetime) -> list[KeyRow]:
    keys = camera.keys.select_related("camera", "issued_by", "revoked_by").order_by("revoked", "-created")
    return [KeyRow(key, _key_state(key, at)) for key in keys]


def _key_state(key: DeviceKey, at: datetime) -> str:
    if key.revoked:
        return "revoked"
    return "active" if devices.is_live(key, at) else "expired"


def _row(camera: Any, at: datetime) -> CameraRow:
    deployment = next(iter(camera.deployments.all()), None)
    return CameraRow(camera, state_of(camera, deployment, at), deployment, camera.last_heard_at)


def _locked(camera_id: Any, record: ledger.Record) -> Camera:
    camera = Camera.objects.select_for_update().get(pk=camera_id)
    record.about("camera", camera.pk, camera.code)
    return camera


def _refuse(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)


def _save(row: Any, by: Asker, why: str, *fields: str) -> None:
    """Save, so that the row's history tells who and why."""
    row._history_user, row._change_reason = by.user, why
    row.save(update_fields=fields or None)


def _end(deployment: Deployment, ends_at: datetime, by: Asker) -> None:
    deployment.ends_at = ends_at
    _save(deployment, by, "Ended", "ends_at")
