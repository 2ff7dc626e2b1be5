"""Home: what belongs to no feature, on each person's own page."""

from handlers.core.feature import Feature, HomePart
from handlers.home.views import failed_deliveries

FEATURE = Feature(key="home", home=(HomePart(20, failed_deliveries),))
