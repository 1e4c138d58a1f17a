"""Every call of segment-analytics-python. An error of the library ends it."""

import os
from datetime import datetime, timezone

from segment.analytics.client import Client

errors = []
client = Client(
    os.environ["TOKEN"],
    host=os.environ["HOST"],
    gzip=bool(os.environ["GZIP"]),
    on_error=lambda error, items: errors.append(error),
    max_retries=0,
)
USER = "u-1001"
client.identify(USER, {"name": "Zoë 😀", "writeKey": "their own"})
client.track(USER, "Ordered", {"revenue": 12.5, "items": [{"writeKey": "theirs"}], "big": 2**53})
client.track(USER, "Ordered", timestamp=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc))
client.page(USER, "Docs", "Prices", {"url": "https://example.com/?a=1&b=2"})
client.screen(USER, "Main", "Start")
client.group(USER, "acme", {"plan": "pro"})
client.alias("anonymous-1", USER)
client.shutdown()
assert not errors, errors
