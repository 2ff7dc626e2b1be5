"""FEATURES: the only list. Router, help, manifest, permissions and docs derive from it."""

from handlers import checklists, home, shows, team
from handlers.core.feature import Feature

FEATURES: tuple[Feature, ...] = (shows.FEATURE, checklists.FEATURE, team.FEATURE, home.FEATURE)
