from __future__ import annotations

from django.apps import AppConfig


class ConditionsConfig(AppConfig):
    name = "contacts.conditions"
    label = "conditions"
