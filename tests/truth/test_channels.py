"""GA4's default channel grouping, by the cases of another implementation."""

import json
import os
from pathlib import Path

import pytest

from tracking.channels import channel

TRUTH = Path(os.environ.get("KITH_TRUTH") or Path(__file__).resolve().parents[3] / "shared" / "truth")
CASES = TRUTH / "ga4_channels" / "dbt_ga4_channel_cases.json"

pytestmark = pytest.mark.skipif(not CASES.exists(), reason=f"no {CASES}: set KITH_TRUTH to where the truth is")


def test_every_case_of_channel_grouping_has_the_expected_channel() -> None:
    cases = json.loads(CASES.read_text())
    wrong = [
        (case, channel(case["source"], case["medium"], case["campaign"]))
        for case in cases
        if channel(case["source"], case["medium"], case["campaign"]) != case["expected_channel"]
    ]
    assert not wrong
    assert len(cases) == 30
