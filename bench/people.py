"""People and what they did in 180 days, made by the database: quickly, and the same in each run but for the dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from django.db import connection, transaction

from bench.database import say
from profiles import partitions
from profiles.models import EventType, Source, Trait

DAYS = 180
# Each with its share of all events, and its properties: %1$s is an address, %2$s a category, %3$s a number.
EVENTS: dict[str, tuple[float, str]] = {
    "Page Viewed": (
        0.60,
        '{"url": "%1$s", "path": "%1$s", "title": "Kith Outdoor %3$s", "referrer": "https://search.example/?q=%3$s"}',
    ),
    "Product Viewed": (
        0.20,
        '{"category": "%2$s", "url": "%1$s", "product_id": "P%3$s", "name": "Product %3$s", "price": %3$s.5}',
    ),
    "Product Added": (0.08, '{"category": "%2$s", "product_id": "P%3$s", "price": %3$s.5, "quantity": 1}'),
    "Order Completed": (0.04, '{"order_id": "O%3$s", "total": %3$s.5, "currency": "EUR", "category": "%2$s"}'),
    "Email Opened": (0.07, '{"campaign": "C%3$s"}'),
    "Email Unsubscribed": (0.005, '{"campaign": "C%3$s"}'),
    "Order Refunded": (0.005, '{"order_id": "O%3$s", "total": %3$s.5, "currency": "EUR"}'),
}
TRAITS = {
    "country": Trait.Type.TEXT,
    "stage": Trait.Type.TEXT,
    "email_consent": Trait.Type.BOOLEAN,
    "born": Trait.Type.DATE,
    "email": Trait.Type.TEXT,
}

_PEOPLE = """
INSERT INTO profiles_profile (created_at, traits)
SELECT now() - random() * interval '180 days', jsonb_strip_nulls(jsonb_build_object(
    'email', 'person' || i || '@shop.example',
    'country', (ARRAY['DE', 'DE', 'FR', 'FR', 'FR', 'IT', 'ES', 'BE', 'CH', NULL])[1 + floor(random() * 10)::int],
    'stage', (ARRAY['lead', 'lead', 'customer', 'customer', 'partner', NULL])[1 + floor(random() * 6)::int],
    'email_consent', (ARRAY[true, true, false, NULL])[1 + floor(random() * 4)::int],
    'born', CASE WHEN random() < 0.7 THEN date '1940-01-01' + floor(random() * 24000)::int END))
FROM generate_series(1, %s) AS i"""

# In the order of time, as events arrive. Few people do much and many do little: the square of a random number,
# spread over all ids.
_EVENTS = """
INSERT INTO profiles_event (profile_id, occurred_at, message_id, name_id, value, source_id, properties)
SELECT profile_id, occurred_at, md5(i::text)::uuid, name_id,
       CASE name_id WHEN %(order)s THEN number * 100 + 50 WHEN %(refund)s THEN -number * 100 - 50 END,
       %(source)s, format((%(properties)s::text[])[kind], url, category, number)::jsonb
FROM (
    SELECT i, kind, (%(names)s::smallint[])[kind] AS name_id,
           1 + (floor(%(people)s * random() ^ 2)::bigint * 7919) %% %(people)s AS profile_id,
           %(now)s::timestamptz - interval '180 days' * (1 - i::float8 / %(events)s) AS occurred_at,
           floor(random() * 500)::int AS number,
           (ARRAY['/sale/', '/shop/', '/blog/', '/'])[1 + floor(random() * 4)::int] || floor(random() * 9000) AS url,
           (ARRAY['shoes', 'jackets', 'tents', 'bags', 'electronics'])[1 + floor(random() * 5)::int] AS category
    FROM (SELECT i, width_bucket(random(), %(shares)s::float8[]) AS kind
          FROM generate_series(1, %(events)s) AS i) AS drawn
    OFFSET 0) AS happened"""

_STATS = """
INSERT INTO profiles_profilestat (profile_id, first_seen, last_seen, events)
SELECT profile_id, min(occurred_at), max(occurred_at), count(*) FROM profiles_event GROUP BY profile_id"""


def load(people: int, events: int) -> None:
    """Fill an empty database. Ids of people are 1 to `people`."""
    say(f"Making {people:,} people with {events:,} events")
    names = {name: EventType.objects.create(name=name).pk for name in EVENTS}
    source = Source.objects.create(name="Shop", kind=Source.Kind.SERVER)
    Trait.objects.bulk_create(Trait(key=key, type=kind) for key, kind in TRAITS.items())
    now = datetime.now(UTC)
    month = partitions.month_of(now)
    with transaction.atomic():
        partitions.ensure(range(partitions.month_of(now - timedelta(days=DAYS)), month + 2))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(_PEOPLE, [people])
        # Indexes are built at once over what is there.
        indexes = _drop_indexes()
        parameters = {
            "people": people,
            "events": events,
            "now": now,
            "source": source.pk,
            "order": names["Order Completed"],
            "refund": names["Order Refunded"],
            "names": list(names.values()),
            "properties": [properties for _share, properties in EVENTS.values()],
            # Where the share of each begins.
            "shares": [0.0, *accumulate(share for share, _properties in EVENTS.values())][:-1],
        }
        cursor.execute(_EVENTS, parameters)
        for index in indexes:
            cursor.execute(index)
        cursor.execute(_STATS)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) profiles_profile, profiles_profilestat, profiles_event")
        cursor.execute("CHECKPOINT")


def _drop_indexes() -> Sequence[str]:
    """Drop both indexes of the events' table; the statements that make them again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = 'profiles_event'::regclass AND contype = 'p'"
        )
        ((key, definition),) = cursor.fetchall()
        cursor.execute(
            "SELECT indexrelid::regclass::text, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')"
            " FROM pg_index WHERE indrelid = 'profiles_event'::regclass AND NOT indisprimary"
        )
        others = cursor.fetchall()
        cursor.execute(f'ALTER TABLE profiles_event DROP CONSTRAINT "{key}"')
        for name, _definition in others:
            cursor.execute(f"DROP INDEX {name}")
    return [f'ALTER TABLE profiles_event ADD CONSTRAINT "{key}" {definition}', *(made for _name, made in others)]
