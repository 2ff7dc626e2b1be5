"""What Prometheus sees. Names and labels are part of the product: docs/operations.md lists them."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

ACCEPTED = Counter("callsheet_events_accepted_total", "Events accepted into the inbox.", ["kind", "repeated"])
ACK_SECONDS = Histogram(
    "callsheet_ack_seconds", "From an event's receipt to its acknowledgment.", ["kind"], buckets=BUCKETS
)
TURN_SECONDS = Histogram("callsheet_turn_seconds", "Duration of a turn.", ["kind"], buckets=BUCKETS)
SENT = Counter("callsheet_deliveries_total", "Deliveries by what became of them.", ["kind", "fate"])
DEAD = Gauge("callsheet_deliveries_dead", "Deliveries that finally failed and wait for an admin.")
WAITING = Gauge("callsheet_work_waiting", "Rows of work by state.", ["state"])
LATENESS = Histogram("callsheet_delivery_lateness_seconds", "From due to sent.", buckets=(*BUCKETS, 5, 10, 30, 60, 300))
PASS_AGE = Gauge("callsheet_dispatcher_pass_age_seconds", "Age of the dispatcher's last good pass.")
PASS_ERRORS = Counter("callsheet_dispatcher_errors_total", "Passes of the dispatcher that failed.")
LINT = Counter("callsheet_cards_refused_total", "Cards that broke a platform limit and went out plain.", ["code"])
