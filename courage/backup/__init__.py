"""Backup, restore, update and move of a whole installation."""
