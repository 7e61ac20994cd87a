"""What the demo shop says of its products, and the campaigns that lead to it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

CATEGORIES = {
    "shoes": _("Shoes"),
    "boots": _("Boots"),
    "tents": _("Tents"),
    "jackets": _("Jackets"),
    "backpacks": _("Backpacks"),
    "sleeping bags": _("Sleeping bags"),
    "cooking": _("Cooking"),
    "climbing": _("Climbing"),
}

PRODUCTS = {
    "SH-101": _("Light, grippy, and dry again in an hour."),
    "SH-102": _("The Ridge Runner for weather that has other plans."),
    "SH-103": _("Looks like the office, walks like a trail."),
    "BO-201": _("Stiff enough for ice, kind enough for the way home."),
    "BO-202": _("Mud washes off. The boot stays."),
    "BO-203": _("Warm to twenty below, quiet on snow."),
    "TE-301": _("Two people, 1.4 kilos, one good night."),
    "TE-302": _("Room for four, and for the rain to be somewhere else."),
    "TE-303": _("Up in ninety seconds, smaller than a loaf of bread."),
    "JA-401": _("Three layers against the wind, and pockets where hands look for them."),
    "JA-402": _("Goose down that packs into its own pocket."),
    "JA-403": _("Over you, over your pack, over before lunch."),
    "BP-501": _("Everything for a day and nothing that rattles."),
    "BP-502": _("Fifty-five litres that sit as if they were thirty."),
    "SL-601": _("Eight hundred grams of sleep, down to five below."),
    "SL-602": _("For nights that are too warm for a blanket and too cold for none."),
    "CO-701": _("Boils half a litre in three minutes, in any wind."),
    "CO-702": _("Weighs less than the coffee in it."),
    "CL-801": _("Sixty metres, dry treated, with a mark in the middle."),
    "CL-802": _("Adjusts at the legs, breathes at the back."),
}


class Campaign(NamedTuple):
    """A link as it would stand elsewhere: where, and what is behind its question mark."""

    label: Any
    query: str


CAMPAIGNS = [
    Campaign(_("Search ad"), "utm_source=google&utm_medium=cpc&utm_campaign=tents-autumn&gclid=demo-click"),
    Campaign(_("Newsletter"), "utm_source=newsletter&utm_medium=email&utm_campaign=black-week"),
    Campaign("Instagram", "utm_source=instagram&utm_medium=paid_social&utm_campaign=summits&utm_content=story-b"),
    Campaign("ChatGPT", "utm_source=chatgpt.com"),
    Campaign(_("Affiliate"), "utm_source=gear-notes&utm_medium=affiliate&utm_campaign=stove-test"),
    Campaign(_("Text message"), "utm_source=parcel&utm_medium=sms&utm_campaign=delivery"),
]
