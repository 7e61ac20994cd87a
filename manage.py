#!/usr/bin/env python
"""Django's commands. They find the embedded database, when it runs, by themselves."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp_site.settings")
    execute_from_command_line(sys.argv)
