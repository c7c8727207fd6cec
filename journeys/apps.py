from __future__ import annotations

from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "journeys"
    label = "journeys"

    def ready(self) -> None:
        from contacts.consent.learning import watch_learning
        from journeys.lint import rules  # noqa: F401 - importing registers them
        from journeys.lint.asking import ask_for_a_run
        from journeys.mirror.refreshing import after_mirror
        from journeys.mirror.subscriptions import keep_history

        after_mirror(lambda run: ask_for_a_run())
        watch_learning(keep_history)
