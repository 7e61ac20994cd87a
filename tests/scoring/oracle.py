"""What a points score should be, the naive way: every event of one person, looked at one by one."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def day(moment):
    return moment.astimezone(PARIS).date()


def period(per, when):
    return {
        "": None,
        "day": when,
        "week": when - timedelta(days=when.weekday()),
        "month": (when.year, when.month),
    }[per]


def points(item, happened, at):
    """`happened`: (time, event, properties) of one person."""
    counted = {}
    total = Decimal(0)
    for moment, name, properties in sorted(happened, key=lambda one: one[0], reverse=True):
        age = (day(at) - day(moment)).days
        limits = [item[key] for key in ("decay", "within") if key in item]
        if name != item["event"] or moment > at or (limits and age >= min(limits)):
            continue
        if "where" in item and properties.get("category") != item["where"]["value"]:
            continue
        when = period(item.get("per", ""), day(moment))
        counted[when] = counted.get(when, 0) + 1
        if counted[when] > item.get("most", 10**9):
            continue
        worth = Decimal(str(item["points"]))
        if "decay" in item:
            worth = (worth * (item["decay"] - age) / item["decay"]).quantize(Decimal("0.01"), ROUND_HALF_UP)
        total += worth
    return total


def value(config, happened, at):
    """The whole score of one person."""
    total = Decimal(0)
    for group in {item.get("group", "") for item in config["items"]}:
        earned = sum(points(item, happened, at) for item in config["items"] if item.get("group", "") == group)
        most = config.get("groups", {}).get(group)
        total += min(earned, Decimal(str(most["most"]))) if most else earned
    if "most" in config:
        total = min(total, Decimal(str(config["most"])))
    if "least" in config:
        total = max(total, Decimal(str(config["least"])))
    return float(total)
