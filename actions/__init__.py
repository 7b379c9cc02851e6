"""Rasa actions: words and buttons only."""
