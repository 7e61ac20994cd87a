"""A rule, its conditions with the people they hold for, and the ledger of who was in."""

from segments.models.conditions import Clock, Leaf, LeafFlip, Refresh, Verification
from segments.models.ledger import Cause, Membership, MembershipQuerySet, Override
from segments.models.segments import RuleTest, Segment, SegmentDay, SegmentDraft, SegmentVersion, SizeAlert

__all__ = [
    "Cause",
    "Clock",
    "Leaf",
    "LeafFlip",
    "Membership",
    "MembershipQuerySet",
    "Override",
    "Refresh",
    "RuleTest",
    "Segment",
    "SegmentDay",
    "SegmentDraft",
    "SegmentVersion",
    "SizeAlert",
    "Verification",
]
