"""Near keys are filled by the database, in the statement that enters a hot plate."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("hotlists", "0004_listed_plates")]

    operations: list = []
