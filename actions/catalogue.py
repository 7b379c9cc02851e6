"""The words of the conversation are those of the whole program; see ``courage.i18n.catalogue``."""

from __future__ import annotations

from courage.i18n.catalogue import default_catalogue

__all__ = ["default_catalogue"]
