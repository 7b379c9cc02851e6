"""The words of cards and gateways: those of the whole program, see ``courage.i18n`` and ``courage.cases.wording``."""

from __future__ import annotations

from courage.cases.wording import reasons_line, targets_line, title
from courage.i18n.catalogue import default_catalogue, default_voice

__all__ = ["default_catalogue", "default_voice", "reasons_line", "targets_line", "title"]
