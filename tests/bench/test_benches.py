"""Every bench runs, agrees with its rivals on what is true, and says what was promised. How fast is not for a test."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
RATIOS = {
    "segments": {
        *("full_vs_exists", "full_vs_duckdb", "sequence_vs_duckdb"),
        *("refresh_growth", "refresh_vs_full", "clock_vs_full", "clock_vs_rules", "idle_leaves_asked"),
        *("edit_leaves_asked", "group_leaves_asked"),
        *("latency_p95_s", "latency_rate", "worker_peak_mb", "memory_growth"),
    },
    "scores": {"points_vs_duckdb", "rfm_vs_duckdb"},
    "ingest": {"applied_vs_drf", "applied_vs_copy", "accepted_vs_copy"},
}
# Few of everything: that it runs is what is tested.
MORE = {"segments": ["--rate", "200", "--seconds", "2", "--segments", "60"]}


@pytest.mark.slow
@pytest.mark.parametrize("name", RATIOS)
def test_a_bench_prints_the_ratios_that_are_promised(name):
    ratios = json.loads(
        _run(name, "--people", "300", "--events", "3000", "--rounds", "1", "--json", *MORE.get(name, []))
    )
    assert set(ratios) == RATIOS[name]
    assert all(math.isfinite(value) for value in ratios.values())
    assert ratios.get("idle_leaves_asked", 0) == 0
    assert (ratios.get("edit_leaves_asked", 1), ratios.get("group_leaves_asked", 0)) == (1, 0)


@pytest.mark.slow
def test_the_bench_of_the_crm_prints_its_ratios():
    ratios = json.loads(_run("crm", "--contacts", "300", "--latency", "0", "--rounds", "1", "--json"))
    assert set(ratios) == {"pull_vs_bare", "push_vs_bare", "applied_vs_bare"}
    assert all(math.isfinite(value) for value in ratios.values())


def test_a_bench_says_what_can_be_asked_of_it():
    words = _run("segments", "--help")
    assert all(option in words for option in ("--people", "--events", "--rounds", "--json"))


def _run(name: str, *arguments: str) -> str:
    """The standard output of a bench; its words of progress go elsewhere."""
    done = subprocess.run(
        [sys.executable, f"bench/{name}.py", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
