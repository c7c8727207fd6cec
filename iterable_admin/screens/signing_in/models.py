from __future__ import annotations

from django.conf import settings
from django.db import models


class Identity(models.Model):
    """Whom a provider means. Found by the provider's own id for a person: an address may pass on to somebody else."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255, help_text="As in OIDC_ISSUER.")
    subject = models.CharField(max_length=255, help_text="The claim sub: the provider's own id for this person.")
    linked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [models.UniqueConstraint(fields=("issuer", "subject"), name="one_account_for_each_identity")]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"
