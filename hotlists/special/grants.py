"""Who sees a special list: granted to persons and groups of the department, revoked at once, each with its reason."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm, remove_perm

from audit import ledger, people
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from audit.policy import Profile
from hotlists import access
from hotlists import rules_special as rules
from hotlists.models import HotList, HotListGroupObjectPermission, HotListUserObjectPermission
from hotlists.special.lists import PURPOSE, SEE_HITS, lock_special, tell_one
from hotlists.special.people import admit, kept, require, standing_of


@dataclass(frozen=True, slots=True)
class Receiver:
    """One person, or one group: exactly one of the two. ``name`` is what the record calls them."""

    user: User | None = None
    group: Group | None = None

    @property
    def thing(self) -> "User | Group":
        """What guardian gives the right to."""
        if (self.user is None) == (self.group is None):
            raise ValueError("a person or a group")
        return self.user or self.group  # type: ignore[return-value]

    @property
    def name(self) -> str:
        return self.user.display_name if self.user else str(self.group)

    def as_detail(self) -> dict[str, Any]:
        """As the record keeps it."""
        return {"person": self.user.username} if self.user else {"group": str(self.group)}


def grant(*, hot_list_id: int, to: Receiver, words: str, by: Asker, at: datetime) -> HotList:
    """Open a special list to one person, or to a group's members as they come and go. Never to oneself (AC-5).

    Raises Refused, or HotList.DoesNotExist.
    """
    with ledger.act(Action.HOT_LIST_GRANT, by=by, at=at, purpose=PURPOSE, reason=kept(words)) as record:
        profile = admit(by, Ability.MANAGE_HOT_LISTS, at=at)
        hot_list = lock_special(hot_list_id, record)
        record.detail = to.as_detail()
        members = [to.user] if to.user else list(User.objects.filter(groups=to.group))
        people.check_not_own_rights(by, members, what="hot list", at=at)
        require(rules.refuse_words(words, profile))
        _require_authorized(to, members, profile, at)
        require(rules.refuse_change_of_grant(is_granted(hot_list, to), grant=True, profile=profile))
        assign_perm(SEE_HITS, to.thing, hot_list)
        record.detail |= {"rights": [[], ["see_hits"]], "members": [member.username for member in members]}
        for member in members:
            tell_one(member, hot_list, "granted", "A special hot list was opened to you.", at)
    return hot_list


def revoke(*, hot_list_id: int, to: Receiver, words: str, by: Asker, at: datetime) -> HotList:
    """Close a special list to a person or group. Their next look, and their live desk, knows at once.

    Raises Refused, or HotList.DoesNotExist.
    """
    with ledger.act(Action.HOT_LIST_REVOKE, by=by, at=at, purpose=PURPOSE, reason=kept(words)) as record:
        profile = admit(by, Ability.MANAGE_HOT_LISTS, at=at)
        hot_list = lock_special(hot_list_id, record)
        record.detail = to.as_detail()
        require(rules.refuse_words(words, profile))
        require(rules.refuse_change_of_grant(is_granted(hot_list, to), grant=False, profile=profile))
        remove_perm(SEE_HITS, to.thing, hot_list)
        record.detail |= {"rights": [["see_hits"], []]}
    return hot_list


def set_group(*, name: str, members: list[User], words: str, by: Asker, at: datetime) -> Group:
    """Make a group of these people, or give the group of that name these members in place of those it has.

    What is open to the group is open to them from now on, so each is held to what a grant asks for. Raises Refused.
    """
    with ledger.act(Action.HOT_LIST_CHANGE, by=by, at=at, purpose=PURPOSE, reason=kept(words)) as record:
        profile = admit(by, Ability.MANAGE_HOT_LISTS, at=at)
        people.check_not_own_rights(by, members, what="group", at=at)
        require(rules.refuse_words(words, profile))
        for member in members:
            require(rules.refuse_grantee(member.display_name, standing_of(member, profile, at), profile))
        group, _ = Group.objects.get_or_create(name=name.strip())
        group = Group.objects.select_for_update().get(pk=group.pk)
        before = sorted(User.objects.filter(groups=group).values_list("username", flat=True))
        group.user_set.set(members)
        record.about("group", group.pk, group.name)
        record.detail = {"members": [before, sorted(member.username for member in members)]}
    return group


def is_granted(hot_list: HotList, to: Receiver) -> bool:
    """Whether this very person or group holds the right; a person's groups do not count. One query."""
    if to.user is not None:
        mine = HotListUserObjectPermission.objects.filter(user=to.user, content_object=hot_list, **access.SEE_HITS)
        return bool(mine.exists())
    held = HotListGroupObjectPermission.objects.filter(group=to.group, content_object=hot_list, **access.SEE_HITS)
    return bool(held.exists())


def _require_authorized(to: Receiver, members: list[User], profile: Profile, at: datetime) -> None:
    if to.user is not None:
        require(rules.refuse_grantee(to.name, standing_of(to.user, profile, at), profile))
    else:
        guests = sum(bool(member.organisation) for member in members)
        require(rules.refuse_group(to.name, len(members), guests, profile))
