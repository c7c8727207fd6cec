from __future__ import annotations

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from iterable_admin.screens.help.rendering import docs, read
from iterable_admin.screens.roles import require_role


def help_index(request: HttpRequest) -> HttpResponse:
    require_role(request)
    context = {**admin.site.each_context(request), "title": "Help", "docs": [read(name) for name in docs()]}
    return TemplateResponse(request, "admin/help/index.html", context)


def help_page(request: HttpRequest, name: str) -> HttpResponse:
    require_role(request)
    try:
        doc = read(name)
    except KeyError:
        raise Http404 from None
    return TemplateResponse(request, "admin/help/page.html", {**admin.site.each_context(request), "title": doc.title, "doc": doc})
