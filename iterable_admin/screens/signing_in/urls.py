from __future__ import annotations

from django.urls import path

from iterable_admin.screens.signing_in.doors import come_back, leave

urlpatterns = [
    path("sign-in/", leave, name="sign_in"),
    path("return/", come_back, name="sign_in_return"),
]
