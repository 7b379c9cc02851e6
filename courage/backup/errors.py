"""What can go wrong with a backup, in one line."""

from __future__ import annotations

from courage.errors import CourageError


class BackupError(CourageError):
    """A backup cannot be made, is damaged, or cannot be put back."""
