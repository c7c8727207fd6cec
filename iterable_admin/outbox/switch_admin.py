"""The sending switch, as operators see and turn it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from iterable_admin.audit.asking import Question, ReasonForm, ask_then_do, require
from iterable_admin.audit.browsing import ReadOnly
from iterable_admin.audit.pills import moment, pill
from iterable_admin.audit.recording import record
from iterable_admin.outbox import switching
from iterable_admin.outbox.models import SendingSwitch

PERMISSION = "outbox.switch_sending"


class SwitchForm(ReasonForm):
    mode = forms.ChoiceField(choices=SendingSwitch.Mode.choices, widget=forms.RadioSelect)
    field_order = ("mode", "reason")


@admin.register(SendingSwitch)
class SendingSwitchAdmin(ReadOnly):
    list_display = ("verdict", "effective", "reason", "changed_by", "changed", "halted")
    ordering = ("id",)
    fields = ("verdict", "effective", "reason", "changed_by", "changed", "halted", "halted_because", "probe")
    readonly_fields = fields
    change_list_template = "admin/buttons_change_list.html"

    def get_urls(self) -> list[URLPattern]:
        turn = path("turn/", self.admin_site.admin_view(self.turn), name="outbox_sendingswitch_turn")
        return [turn, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        turn = ("Turn the switch …", reverse("admin:outbox_sendingswitch_turn"))
        observe = ("Observe mode: what we would send", reverse("observe"))
        buttons = [turn] if request.user.has_perm(PERMISSION) else []
        buttons += [observe] if request.user.has_perm("sync.view_observecomparison") else []
        return super().changelist_view(request, {"buttons": buttons, **(extra_context or {})})

    def turn(self, request: HttpRequest) -> HttpResponse:
        require(request, PERMISSION)
        now = switching.mode(switching.current())
        question = Question(
            title="The sending switch",
            sentence=(
                f"Now: {now.label}. Live sends everything; observe decides and stores everything and sends nothing; "
                "paused lets only withdrawals leave. The environment's SENDING may be stricter, never laxer."
            ),
            submit="Turn the switch",
            back=reverse("admin:outbox_sendingswitch_changelist"),
        )

        def act(answers: Mapping[str, Any]) -> str:
            switching.switch(answers["mode"], answers["reason"], request.user.get_username())
            told = f"The switch was {now.value} and is set to {answers['mode']}."
            record(request.user, "switch", "sending switch", {"mode": answers["mode"]}, 1, answers["reason"], told)
            return told

        return ask_then_do(request, self.admin_site, question, act, SwitchForm)

    @admin.display(description="the switch says")
    def verdict(self, switch: SendingSwitch) -> str:
        return pill(switch.mode, switch.get_mode_display())

    @admin.display(description="in force")
    def effective(self, switch: SendingSwitch) -> str:
        mode = switching.mode(switch)
        return pill(mode.value, str(mode.label))

    @admin.display(description="changed")
    def changed(self, switch: SendingSwitch) -> str:
        return moment(switch.changed_at)

    @admin.display(description="halted since")
    def halted(self, switch: SendingSwitch) -> str:
        return moment(switch.halted_at)

    @admin.display(description="next test of the key")
    def probe(self, switch: SendingSwitch) -> str:
        return moment(switch.halt_probe_at)
