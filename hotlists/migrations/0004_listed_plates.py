"""The rows of imported lists: one partition for each import."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("hotlists", "0003_sources_imports_shares")]

    operations: list = []
