from __future__ import annotations

from django.apps import AppConfig


class SigningInConfig(AppConfig):
    name = "iterable_admin.screens.signing_in"
    label = "signing_in"
    verbose_name = "Signing in"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from iterable_admin.screens.signing_in.sessions import begin

        user_logged_in.connect(begin, dispatch_uid="signing_in.begin")
