"""``manage.py first_administrator``: the one account a fresh installation cannot get from an administrator."""

import getpass
import os
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import asker, ledger
from audit.actions import Action
from audit.models import Division, DivisionAssignment, RoleGrant, User
from audit.roster import accounts, names

FIRST = (RoleGrant.Role.ALPR_ADMINISTRATOR, RoleGrant.Role.SYSTEM_ADMINISTRATOR)


class Command(BaseCommand):
    help = (
        "Make the first ALPR administrator (or system administrator) of a fresh installation, and record it. Works "
        "once for each of the two roles: as soon as somebody holds it, roles are granted in administration, by "
        "somebody else than the person who gets them. Where every holder's account was closed because nobody used it, "
        "the holder named is let in again with a new password. Asks for the password, or takes it from "
        "FIRST_ADMINISTRATOR_PASSWORD. The second factor is enrolled at the first sign-in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=[str(role) for role in FIRST], default=str(FIRST[0]))
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")
        parser.add_argument("--employee-number", default="")
        parser.add_argument("--classification", choices=User.Classification.values, default="sergeant")

    def handle(self, **options: Any) -> None:
        at = timezone.now()
        if (dormant := self._check(options, at)) is not None:
            self._open_again(dormant, at)
            return
        user = User(
            username=options["username"],
            is_staff=True,
            **{name: options[name] for name in ("first_name", "last_name", "employee_number", "classification")},
        )
        self._set_password(user)
        with ledger.act(
            Action.USER_CHANGE, by=asker.system("first_administrator"), at=at, purpose="administration"
        ) as record:
            user.save()
            RoleGrant.objects.create(user=user, role=options["role"], starts_at=at)
            if options["role"] == RoleGrant.Role.ALPR_ADMINISTRATOR:
                # A.2: the role counts only for those assigned to the Real-Time Information Center.
                rtic = Division.objects.get_or_create(is_rtic=True, defaults={"name": "Real-Time Information Center"})[
                    0
                ]
                DivisionAssignment.objects.create(user=user, division=rtic, starts_at=at)
            record.about("user", user.pk, user.username)
            record.detail = {"made": "first administrator", "role": options["role"]}
        self.stdout.write(f"{user.username} is {RoleGrant.Role(options['role']).label}; record {record.index}.")

    def _check(self, options: dict[str, Any], at: datetime) -> User | None:
        """Whom to let in again: the holder of that name whose account lay unused. None: make somebody new."""
        grants = RoleGrant.objects.at(at).filter(role=options["role"]).select_related("user")
        holders = [grant.user for grant in grants]
        for holder in holders:
            if holder.is_active and accounts.refuse(holder, at) is None:
                raise CommandError(f"{holder.username} holds this role already: grant it in administration.")
        for holder in holders:
            if holder.username.casefold() == options["username"].casefold() and accounts.lay_unused(holder, at):
                return holder
        if names.was_used(options["username"]):
            raise CommandError("This user name was used before; names are never used again (IA-4).")
        return None

    def _open_again(self, user: User, at: datetime) -> None:
        """Let a dormant administrator in again; nobody else could (AC-2(3) must not shut the department out)."""
        self._set_password(user)
        by = asker.system("first_administrator")
        with ledger.act(Action.USER_CHANGE, by=by, at=at, purpose="administration") as record:
            user.save(update_fields=["password"])
            accounts.open_again(user, at)
            record.about("user", user.pk, user.username)
            record.detail = {"opened again": "nobody with this role could sign in"}
        self.stdout.write(f"{user.username} can sign in again; record {record.index}.")

    def _set_password(self, user: User) -> None:
        password = os.environ.get("FIRST_ADMINISTRATOR_PASSWORD") or getpass.getpass("Password: ")
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        user.set_password(password)
