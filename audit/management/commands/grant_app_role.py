"""``manage.py grant_app_role``: give the serving role its rights, and no more."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from psycopg import sql

# What the serving role may not do, by table: these are written once and kept.
APPEND_ONLY = (
    "audit_checkpoint",
    "audit_checkpointcopy",
    "audit_logkey",
    "audit_logorigin",
    "audit_ledgerentry",
    "audit_ledgerdetail",
    "audit_policyactivation",
    "audit_policydetermination",
    "audit_profileversion",
    "audit_rosterreview",
    "detections_purgeapproval",
    "detections_purgecertificate",
    "django_admin_log",
    "registry_monthfigure",
    "registry_publication",
)
# A correction goes with its read at a purge, and never changes before.
NEVER_CHANGED = ("detections_platecorrection", "detections_quarantinedecision")
# Whose shape the tables have is the owner's business; the rows of imported lists are written by COPY into a partition
# that the owner's function opens for it (hotlists migration 0004).
READ_ONLY = ("django_migrations", "hotlists_listedplate")
# Columns that are known only later: the index of a ledger record once committed, the decision about a publication.
LATER = {
    "detections_purgecertificate": "record_index",
    "registry_publication": "number state decided_by_id decided_at decision_words record_index",
}


class Command(BaseCommand):
    help = (
        "Run as the owner role after every migrate. Gives the serving role SELECT, INSERT, UPDATE and DELETE on the "
        "tables, and takes UPDATE, DELETE and TRUNCATE on the ledger, every history table and what else is written "
        "once away from it (A-5). "
        "Safe to run any number of times."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--role", default=settings.DATABASE_APP_ROLE, help="the serving role (default: %(default)s)"
        )

    @transaction.atomic
    def handle(self, **options: Any) -> None:
        role = options["role"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if not cursor.fetchone():
                raise CommandError(
                    f"There is no role {role!r}. Create it first: CREATE ROLE {role} LOGIN PASSWORD '...';"
                )
            cursor.execute("SELECT current_user, pg_has_role(%s, current_user, 'USAGE')", [role])
            owner, is_owner = cursor.fetchone()
            if owner == role or is_owner:
                raise CommandError(f"{role!r} is the owner itself: a serving role must own nothing.")
            for statement in self.statements(role, owner):
                cursor.execute(statement)
            if connection.connection.info.server_version >= 170_000:
                # Packing closed partitions (detections.compaction): no right on any other table.
                cursor.execute("SELECT name FROM detections_partitions()")
                for (name,) in cursor.fetchall():
                    names = {"table": sql.Identifier(name), "role": sql.Identifier(role)}
                    cursor.execute(sql.SQL("GRANT MAINTAIN ON {table} TO {role}").format(**names))
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            guarded = [name for (name,) in cursor.fetchall() if _taken_away(name)]
            for table in guarded:
                names = {"table": sql.Identifier(table), "role": sql.Identifier(role)}
                cursor.execute(sql.SQL("REVOKE " + _taken_away(table) + " ON {table} FROM {role}").format(**names))
            for table, columns in LATER.items():
                listed = sql.SQL(", ").join(map(sql.Identifier, columns.split()))
                grant = sql.SQL("GRANT UPDATE ({columns}) ON {table} TO {role}")
                cursor.execute(grant.format(columns=listed, table=sql.Identifier(table), role=sql.Identifier(role)))
        if options["verbosity"]:
            self.stdout.write(f"{role}: may not change or delete rows of {len(guarded)} tables")

    def statements(self, role: str, owner: str) -> list[sql.Composed]:
        """The grants, in order."""
        names = {"role": sql.Identifier(role), "owner": sql.Identifier(owner)}
        texts = (
            "GRANT USAGE ON SCHEMA public TO {role}",
            # No temporary tables: one could stand in front of a table that a function names.
            "REVOKE TEMPORARY ON DATABASE {database} FROM {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
            "REVOKE CREATE ON SCHEMA public FROM {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        )
        database = sql.Identifier(connection.settings_dict["NAME"])
        return [sql.SQL(text).format(**names, database=database) for text in texts]


def _taken_away(table: str) -> str:
    """The rights on a table that the serving role does not get; "" where it gets all it needs."""
    if table in READ_ONLY or table.startswith("hotlists_listedplate_"):
        return "INSERT, UPDATE, DELETE, TRUNCATE"
    if table in NEVER_CHANGED:
        return "UPDATE, TRUNCATE"
    if table in APPEND_ONLY or "_historical" in table:
        return "UPDATE, DELETE, TRUNCATE"
    return ""
