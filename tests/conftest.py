"""What all tests share: no property fails only because the machine is busy."""

from __future__ import annotations

try:
    from hypothesis import settings
except ImportError:  # Rasa's environment has no Hypothesis, and the assistant's tests need none
    pass
else:
    settings.register_profile("courage", deadline=None)
    settings.load_profile("courage")
