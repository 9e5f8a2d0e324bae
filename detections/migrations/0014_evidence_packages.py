from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("detections", "0013_uploads")]

    operations = []
