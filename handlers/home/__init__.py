"""Home: what belongs to no feature, on each person's own page."""

from handlers.core.feature import Action, Feature, HomePart
from handlers.home.commands import drop_delivery, retry_delivery
from handlers.home.views import failed_deliveries

FEATURE = Feature(
    key="home",
    actions=(Action("deliveries.retry", retry_delivery), Action("deliveries.drop", drop_delivery)),
    home=(HomePart(20, failed_deliveries),),
)
