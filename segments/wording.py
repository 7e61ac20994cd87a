"""The words that the builder in the browser shows, in the reader's language. {name} is filled in there."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def words() -> dict[str, Any]:
    """By key: a text, or for what is counted a pair "one" and "other"."""
    return _groups() | _conditions() | _values() | _actions() | _preview() | _review()


def _groups() -> dict[str, Any]:
    return {
        "all": _("All of these"),
        "any": _("Any of these"),
        "none": _("None of these"),
        "all_short": pgettext("conditions", "All"),
        "any_short": pgettext("conditions", "Any"),
        "none_short": pgettext("conditions", "None"),
        "and": _("and"),
        "or": _("or"),
        "combine": _("How the conditions of this group combine"),
        "group": _("Group"),
        "whole": _("The whole segment"),
        "empty_title": _("Who are you looking for?"),
        "empty_text": _("Add a first condition. Every count and name beside it is of now."),
        "empty_group": _("Nothing in this group yet."),
        "gallery": _("Start from a ready-made segment"),
    }


def _conditions() -> dict[str, Any]:
    return {
        "other": _("Condition"),
        "more_conditions": _("More…"),
        "attribute": _("Attribute"),
        "choose_attribute": _("Choose an attribute"),
        "operator": _("Comparison"),
        "event": _("Event"),
        "choose_event": _("Choose an event"),
        "did_or_never": _("Did or never did"),
        "event_did": _("Did"),
        "event_never": _("Never did"),
        "how_often": _("How often"),
        "at_least": _("at least"),
        "at_most": _("at most"),
        "exactly": _("exactly"),
        "never": _("never"),
        "times": {"one": _("time"), "other": _("times")},
        "count": _("Number of times"),
        "window": _("Period"),
        "ever": _("at any time"),
        "within": _("in the last"),
        "before": _("longer than"),
        "between": _("between"),
        "dates": _("between dates"),
        "ago": _("ago"),
        "from": _("From"),
        "to": _("to"),
        "event_where": _("where"),
        "property": _("Property"),
        "choose_property": _("Choose a property"),
        "measure": _("What to compute"),
        "measure_of": _("Of what"),
        "money": _("the money of"),
        "a_property": _("a property of"),
        "any_property": _("any"),
        "limit": _("How long after the first"),
        "limited": _("within"),
        "unlimited": _("at any time after"),
        "then_did": _("then did"),
        "then_not": _("then did not do"),
        "then_or_not": _("Whether it follows"),
        "add_step": _("Another step"),
        "remove_step": _("Remove this step"),
        "segment": _("Segment"),
        "choose_segment": _("Choose a segment"),
        "kept": _("The builder cannot draw this condition. It is kept as it is."),
    }


def _values() -> dict[str, Any]:
    return {
        "value": _("Value"),
        "values": _("Values"),
        "pattern": _("Pattern"),
        "low": _("From number"),
        "high": _("To number"),
        "first": _("First day"),
        "last": _("Last day"),
        "amount": _("Length of time"),
        "unit": _("Unit"),
        "far": _("From how long ago"),
        "near": _("To how long ago"),
        "add_value": _("Add a value"),
        "remove_value": _("Remove {value}"),
        "no_match": _("Nothing of that name"),
        "use_typed": _("Use “{value}”"),
    }


def _actions() -> dict[str, Any]:
    return {
        "add": _("Add"),
        "add_to": _("Add to this group"),
        "add_filter": _("Property filter"),
        "remove_filter": _("Remove this property filter"),
        "up": _("Move up"),
        "down": _("Move down"),
        "duplicate": _("Duplicate"),
        "remove": _("Remove"),
        "undo": _("Undo"),
        "redo": _("Redo"),
        "moved": _("Moved: {what}"),
        "removed": _("Removed. Undo brings it back."),
        "duplicated": _("Duplicated."),
        "mended": _("Done. Undo takes it back."),
        "undone": _("Undone."),
        "redone": _("Done again."),
        "keys": _("Alt with the arrow keys moves a condition, Ctrl Z undoes."),
    }


def _preview() -> dict[str, Any]:
    return {
        "preview": _("Preview"),
        "people": {"one": _("person"), "other": _("people")},
        "count_people": {"one": _("{count} person"), "other": _("{count} people")},
        "share": _("{share} of {everybody}"),
        "share_label": _("{share} of everybody"),
        "counting": _("Counting…"),
        "incomplete": _("Complete the marked condition to see the figures."),
        "nothing_yet": _("Figures appear with the first condition."),
        "offline": _("Kith does not answer. Trying again…"),
        "signed_out": _("You were signed out. Sign in again in another tab, then go on here."),
        "exact": _("Exact count in {ms} ms"),
        "took": _("counted in {ms} ms"),
        "estimated": _("An estimate"),
        "estimated_in": _("Estimated from a sample of people, in {ms} ms"),
        "refining": _("Counting everybody…"),
        "minutes_old": {"one": _("{count} minute old"), "other": _("{count} minutes old")},
        "in_words": _("In words"),
        "sample": _("For example"),
        "nobody": _("Nobody at the moment."),
        "enter": {"one": _("{count} enters"), "other": _("{count} enter")},
        "leave": {"one": _("{count} leaves"), "other": _("{count} leave")},
        "compared": _("Compared with the members now"),
        "same": _("Same members as now"),
        "new_tab": _("opens in a new tab"),
    }


def _review() -> dict[str, Any]:
    return {
        "review": _("Review and publish"),
        "review_title": _("Publish “{name}”?"),
        "review_new": _("These people will be in it within seconds."),
        "entering": _("Enter"),
        "leaving": _("Leave"),
        "staying": _("Stay"),
        "nobody_enters": _("Nobody enters"),
        "nobody_leaves": _("Nobody leaves"),
        "and_more": _("and {count} more"),
        "back": _("Back"),
        "publish": _("Publish"),
        "publishing": _("Publishing…"),
        "about": _("{condition}: {note}"),
        "fix_first": _("One condition is not complete yet."),
    }
