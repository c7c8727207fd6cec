from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iterable_admin.settings")

application = get_wsgi_application()
# What is loaded by now stays: the collector need not go through it again with every thousand rows that come in.
gc.freeze()
