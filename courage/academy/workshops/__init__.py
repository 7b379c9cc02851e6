"""Workshops: many people play scenarios together, led by a trainer."""
