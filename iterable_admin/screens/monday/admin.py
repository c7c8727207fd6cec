"""The Monday mails that were written, and how this week's would read now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from iterable_admin.audit.asking import Question, ask_then_do, require
from iterable_admin.audit.models import Dri
from iterable_admin.audit.notice_pages import NoticePages, retry_of_notices
from iterable_admin.audit.recording import record
from iterable_admin.errors import Misconfigured
from iterable_admin.screens.models import MondayMail
from iterable_admin.screens.monday.wording import letter
from iterable_admin.screens.monday.writing import write_to

PERMISSION = "screens.view_mondaymail"
RETRY = retry_of_notices("send_again", "screens.retry_mondaymail")


@admin.register(MondayMail)
class MondayMailAdmin(NoticePages):
    operations = (RETRY,)
    change_list_template = "admin/buttons_change_list.html"
    list_display = ("id", "created", "role", "week", "verdict", "subject", "attempts", "what_next")
    list_filter = ("state", "role")
    search_numbers = ("id",)
    fields = readonly_fields = ("role", "week", "asked_by", "verdict", "what_next", "subject", "text", "created", "sent")

    def get_urls(self) -> list[URLPattern]:
        preview = path("preview/", self.admin_site.admin_view(self.preview), name="screens_mondaymail_preview")
        to_me = path("preview/<slug:role>/", self.admin_site.admin_view(self.send_to_me), name="screens_mondaymail_to_me")
        return [preview, to_me, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        buttons = [("As it would read now", reverse("admin:screens_mondaymail_preview"))]
        return super().changelist_view(request, {"buttons": buttons, **(extra_context or {})})

    def preview(self, request: HttpRequest) -> HttpResponse:
        require(request, PERMISSION)
        holders = {dri.role: dri for dri in Dri.objects.all()}
        letters = [(role, holders.get(role), told, told.text(role)) for role in Dri.Role for told in [letter(role)]]
        context = {**self.admin_site.each_context(request), "title": "The Monday mail, as it would read now", "opts": self.opts}
        return TemplateResponse(request, "admin/monday/preview.html", {**context, "letters": letters})

    def send_to_me(self, request: HttpRequest, role: str) -> HttpResponse:
        require(request, PERMISSION)
        if role not in Dri.Role.values:
            raise Http404
        words = Dri.Role(role).label.lower()
        question = Question(
            title=f"Send the {words}'s mail to me",
            sentence="1 mail goes to the address of your own account, as it would read now. The DRI gets none by this.",
            submit="Send 1 mail",
            back=reverse("admin:screens_mondaymail_preview"),
            count=1,
        )

        def act(answers: Mapping[str, Any]) -> str:
            return _send_to(request.user, role, answers["reason"])

        return ask_then_do(request, self.admin_site, question, act)


def _send_to(user: Any, role: str, reason: str) -> str:
    if not (isinstance(user, User) and user.email):
        raise Misconfigured("Your account has no address: a superuser adds it under Users, then send it again.")
    row = write_to(user, role)
    record(user, "send_monday_mail", f"Monday mail {row.pk}", {"role": role}, 1, reason, "To themselves.")
    return "On its way to your own address, within a minute."
