"""Ready-made segments about scores: of whichever scores this base has."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from scoring.cycles import PREFIX
from scoring.models import ScoreModel
from segments.ready import Ready, register
from segments.world import World

_RISKS = ["At Risk", "Cannot Lose Them"]
_CHAMPIONS = ["Champions", "Loyal"]


@register
def scores(_world: World) -> Iterable[Ready]:
    """Leads to call and customers to keep."""
    models = list(ScoreModel.objects.filter(enabled=True))
    lead = next((one for one in models if one.slug == "lead"), None)
    rfm = next((one for one in models if one.method == "rfm"), None)
    of_lead, of_rfm = (f"{PREFIX}{one.slug if one else slug}.band" for one, slug in ((lead, "lead"), (rfm, "rfm")))
    called = {of_lead: _("a score “lead”"), of_rfm: _("an RFM score")}
    return [
        Ready(
            "hot-leads",
            _("Hot leads"),
            _("Their lead score is hot, and they have not ordered yet: for sales to call."),
            {"all": [{"where": {"attribute": of_lead, "op": "is", "value": _hottest(lead)}}]},
            "leads",
            "mode_heat",
            called,
        ),
        Ready(
            "at-risk",
            _("Customers at risk"),
            _("Bought well once, and stay away by now."),
            {"all": [{"where": {"attribute": of_rfm, "op": "any_of", "value": _RISKS}}]},
            "leaving",
            "crisis_alert",
            called,
        ),
        Ready(
            "champions",
            _("Champions"),
            _("Bought lately, often and for much: the first who should hear of something new."),
            {"all": [{"where": {"attribute": of_rfm, "op": "any_of", "value": _CHAMPIONS}}]},
            "customers",
            "trophy",
            called,
        ),
    ]


def _hottest(model: ScoreModel | None) -> str:
    """The name of its highest band."""
    bands = model.config.get("bands", []) if model else []
    return str(bands[-1]["name"]) if bands else str(_("hot"))
