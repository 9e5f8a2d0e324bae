from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("detections", "0008_partitioned_store")]

    operations = []
