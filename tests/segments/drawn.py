"""Rules of every kind of condition, and what may happen between two refreshes, as hypothesis draws them.

A new condition gets a line in CONDITIONS here and a function in the oracle; test_conditions.py holds that it has.
"""

from datetime import UTC, datetime

from hypothesis import strategies as st

from segments.periods import PERIODS

# Before both clock changes of 2026 in Paris, and before month ends of every length.
STARTS = [
    datetime(2026, 3, 28, 20, 0, tzinfo=UTC),
    datetime(2026, 10, 24, 21, 30, tzinfo=UTC),
    datetime(2026, 1, 30, 22, 45, tzinfo=UTC),
    datetime(2026, 5, 31, 12, 0, tzinfo=UTC),
]
starts = st.sampled_from(STARTS)
EVENTS = ["Page Viewed", "Order Completed", "Product Added"]
TRAITS = {"country": "text", "age": "number", "born": "date", "vip": "boolean", "tags": "list"}

# Attributes of a score, and the trait whose operators they are asked with: the bands are named like countries.
SCORED = {"score": ("scores.heat", "age"), "band": ("scores.heat.band", "country")}

spans = st.sampled_from([{"between": ["1 month", "1 week"]}, {"between": ["3 days", "1 hour"]}])
durations = st.sampled_from(["1 hour", "90 minutes", "1 day", "3 days", "1 week", "1 month", "2 months"])
day_durations = st.sampled_from(["1 day", "3 days", "1 month", "2 weeks"])
dates = st.sampled_from(
    ["2024-02-29", "2026-01-31", "2026-02-28", "2026-03-01", "2026-03-29", "2026-10-25", "2026-10-26", "2026-06-01"]
)
values = {
    "country": st.sampled_from(["FR", "DE", "Franconia"]),
    "age": st.sampled_from([17, 18, 30.5]),
    "born": dates | st.sampled_from(["2026-03-28T23:30:00Z", "2026-10-24T22:30:00+00:00"]),
    "vip": st.booleans(),
    "tags": st.sampled_from([[], ["ski"], ["ski", "hiking"], [7]]),
}
operations = {
    "country": st.one_of(
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["is", "contains", "starts_with", "ends_with"]),
                "value": st.sampled_from(["FR", "F", "R"]),
            }
        ),
        st.just({"op": "any_of", "value": ["DE", "FR"]}),
        st.just({"op": "matches", "value": "^(F|DE$)"}),
        st.just({"op": "known"}),
    ),
    "age": st.one_of(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["over", "under", "is"]), "value": st.sampled_from([-1, 0, 1, 17, 18, 30])}
        ),
        st.sampled_from([{"op": "between", "value": [18, 31]}, {"op": "between", "value": [0, 17]}]),
    ),
    "born": st.one_of(
        st.fixed_dictionaries({"op": st.sampled_from(["on", "before", "after"]), "value": dates}),
        st.just({"op": "date_between", "value": ["2026-01-31", "2026-03-29"]}),
        st.fixed_dictionaries({"op": st.sampled_from(["in_last", "in_next", "longer_ago"]), "value": day_durations}),
        st.fixed_dictionaries({"op": st.just("during"), "value": st.sampled_from(list(PERIODS))}),
        st.fixed_dictionaries({"op": st.just("anniversary"), "value": day_durations}),
        st.just({"op": "known"}),
    ),
    "tags": st.one_of(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["has_any", "has_all"]), "value": st.sampled_from([["ski"], ["7", "hiking"]])}
        ),
        st.just({"op": "empty"}),
    ),
    "vip": st.sampled_from([{"op": "yes"}, {"op": "no"}]),
}


@st.composite
def operation(draw, name):
    """An operator with a value that suits the trait, or its negation."""
    found = dict(draw(operations[name]))
    return found | {"not": True} if draw(st.booleans()) else found


@st.composite
def where(draw):
    """What is known about a person: traits, a score, its band."""
    name = draw(st.sampled_from([*TRAITS, *TRAITS, *SCORED]))
    attribute, like = SCORED.get(name, (f"traits.{name}", name))
    return {"where": {"attribute": attribute, **draw(operation(like))}}


@st.composite
def lasting(draw):
    """What has been known about a person for so long, by an operator that time alone does not move."""
    name = draw(st.sampled_from(["country", "age", "vip", "tags", "band"]))
    attribute, like = SCORED.get(name, (f"traits.{name}", name))
    body = {"attribute": attribute, **draw(operation(like)), "for": draw(durations)}
    return body | draw(st.sampled_from([{}, {}, {"when": "sometime"}]))


def windows():
    """A period of time in each of its forms."""
    return st.one_of(
        st.just({}),
        st.fixed_dictionaries({"within": durations}),
        st.fixed_dictionaries({"before": durations}),
        spans,
        st.sampled_from(
            [{"since": "2026-03-01"}, {"until": "2026-06-01"}, {"since": "2026-01-31", "until": "2026-03-29"}]
        ),
    )


@st.composite
def filters(draw):
    """A filter on a property of an event, or of a company: texts, and dates that come near by themselves."""
    name = draw(st.sampled_from(["country", "country", "born"]))
    return {"property": name, **draw(operation(name))}


@st.composite
def event_condition(draw, *parts):
    """An event, perhaps with a filter, and what the condition adds."""
    body = {"event": draw(st.sampled_from(EVENTS))}
    if draw(st.booleans()):
        body["where"] = [draw(filters())]
    for part in parts:
        body |= draw(part)
    return body


@st.composite
def sequences(draw):
    """Steps that follow one another, or of which the second does not follow."""
    steps = [draw(event_condition()) for _ in range(draw(st.sampled_from([2, 2, 3])))]
    body = {"steps": steps, **draw(windows())}
    if draw(st.booleans()):
        body["in"] = draw(st.sampled_from(["1 hour", "90 minutes", "1 day", "2 weeks"]))
        if len(steps) == 2 and draw(st.booleans()):
            steps[1]["not"] = True
    return body | draw(st.sampled_from([{}, {}, {"same": "country"}]))


counts = st.sampled_from([{}, {"at_least": 2}, {"at_most": 1}, {"exactly": 1}, {"at_most": 0}, {"none": True}])
measured = st.one_of(
    st.fixed_dictionaries({"sum": st.sampled_from(["age", ""])}),
    st.fixed_dictionaries({"average": st.just("age")}),
    st.fixed_dictionaries({"minimum": st.just("age")}),
    st.fixed_dictionaries({"maximum": st.sampled_from(["age", ""])}),
    st.fixed_dictionaries({"distinct": st.sampled_from(["age", "country"])}),
)


@st.composite
def windowed_visits(draw):
    """Visits, of any kind or of one."""
    of = draw(
        st.sampled_from([{}, {"channel": "Email"}, {"landing_page": "/sale"}, {"campaign": "spring", "source": "news"}])
    )
    return draw(windows()) | draw(counts) | of


@st.composite
def score_moves(draw):
    """Moves of the score, in a window."""
    moved = {"score": "heat", "moved": draw(st.sampled_from(["any", "up", "down"]))}
    return moved | draw(st.sampled_from([{}, {"band": "FR"}])) | draw(windows())


habits = st.sampled_from([{"periods": 1, "of": 2}, {"periods": 2, "of": 3}])
# What follows the key of a condition.
CONDITIONS = {
    "did": event_condition(windows(), counts),
    "held": lasting(),
    "inactive": st.fixed_dictionaries({"for": durations}),
    "measure": event_condition(windows(), measured, operation("age")),
    "first": event_condition(windows()),
    "last": event_condition(windows()),
    "stopped": event_condition(spans, st.sampled_from([{}, {"at_least": 2}])),
    "resumed": event_condition(spans),
    "then": sequences(),
    "regularly": event_condition(habits, st.fixed_dictionaries({"every": durations})),
    "company": st.fixed_dictionaries({}, optional={"where": st.lists(filters(), min_size=1, max_size=2)}),
    "visited": windowed_visits(),
    "score_moved": score_moves(),
    "share": st.sampled_from([{"percent": 50}, {"percent": 30, "name": "spring"}, {"percent": 100}]),
}
# The same of those on another segment.
OF_SEGMENTS = {
    "in": st.just({}),
    "was": st.just({}),
    "entered": windows(),
    "left": windows(),
    "stayed": st.fixed_dictionaries({"for": durations}),
}


@st.composite
def conditions(draw, segments):
    """One condition; `segments` are those that it may ask."""
    kind = draw(st.sampled_from(["where", "where", *CONDITIONS, *(OF_SEGMENTS if segments else [])]))
    if kind == "where":
        return draw(where())
    if kind in OF_SEGMENTS:
        return {kind: {"segment": draw(st.sampled_from(segments)), **draw(OF_SEGMENTS[kind])}}
    return {kind: draw(CONDITIONS[kind])}


def rules(segments):
    """Conditions in groups."""
    return st.recursive(
        conditions(segments),
        lambda inner: st.dictionaries(
            st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=1
        ),
        max_leaves=4,
    )


# How many minutes ago; what lies ahead is a clock that runs fast.
late = st.sampled_from([0, 0, 0, 1, 59, 60, 61, 1439, 1440, 3 * 1440, 7 * 1440, 28 * 1440, 31 * 1440, -45, -1440])
steps = st.one_of(
    st.tuples(
        st.just("say"),
        st.sampled_from(["user-1", "user-2", None]),
        st.sampled_from(["device-1", "device-2", "device-3"]),
        st.sampled_from([*EVENTS, *EVENTS, None]),
        st.fixed_dictionaries({}, optional=values | {"revenue": st.sampled_from([18, "17.50", -1])}),
        late,
    ),
    st.tuples(
        st.just("join"),
        st.sampled_from(["device-1", "device-2", "device-3"]),
        st.sampled_from(["acme", "globex"]),
        st.fixed_dictionaries({}, optional={key: values[key] for key in ("country", "born")}),
    ),
    st.tuples(st.just("repeat"), st.integers(0, 5)),
    st.tuples(
        st.just("wait"), st.sampled_from([1, 14, 30, 60, 90, 180, 1439, 1440, 2881, 9 * 1440, 28 * 1440, 33 * 1440])
    ),
    # Somebody sets the server's clock back.
    st.tuples(st.just("wait"), st.sampled_from([-1, -90])),
    st.tuples(
        st.just("override"),
        st.sampled_from(["one", "two", "three"]),
        st.integers(0, 3),
        st.booleans(),
        st.sampled_from([None, 1, 60, 1440]),
    ),
    st.tuples(
        st.just("visit"),
        st.integers(0, 3),
        st.fixed_dictionaries(
            {
                "channel": st.sampled_from(["Email", "Direct"]),
                "landing_page": st.sampled_from(["/", "/sale/boots"]),
                "campaign": st.sampled_from(["", "spring"]),
                "source": st.sampled_from(["", "news"]),
            }
        ),
        late,
    ),
    st.tuples(st.just("score"), st.integers(0, 3), st.sampled_from([17.0, 18.0, 30.5]), values["country"]),
    st.tuples(st.just("end"), st.integers(0, 3)),
    st.tuples(st.just("edit"), st.sampled_from(["one", "two", "three"])),
)
