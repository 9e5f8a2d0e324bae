"""The demonstration department: invented people, cameras and plates. Each step leaves alone what is there already."""

from audit import asker

CREATOR = asker.system("create_demo")
