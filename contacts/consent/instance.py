"""The names by which the instance knows its channels and message types; their ids are learnt from Iterable."""

from __future__ import annotations

MARKETING_CHANNEL = "Marketing Channel"
TRANSACTIONAL_CHANNEL = "Transactional Channel"
GITLAB_MARKETING = "GitLab Marketing"
MARKETING_MESSAGE = "Marketing Message"
TRANSACTIONAL = "Transactional"
