from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("detections", "0012_purge_plans")]

    operations = []
