"""The kinds of conditions: one file each. Importing this package registers them."""

from segments.leaves.base import Condition, Group, Rule, conditions, none
from segments.leaves.company import Company
from segments.leaves.did import Did
from segments.leaves.everybody import Everybody
from segments.leaves.forced import Forced
from segments.leaves.held import Held
from segments.leaves.inactive import Inactive
from segments.leaves.ledger import Entered, Left, Recorded, Stayed, Was
from segments.leaves.measure import Measure
from segments.leaves.member import In, OfSegment
from segments.leaves.occasions import First, Last, Resumed, Stopped
from segments.leaves.regularly import Regularly
from segments.leaves.sequence import Then
from segments.leaves.share import Share
from segments.leaves.where import Where

__all__ = [
    "Company",
    "Condition",
    "Did",
    "Entered",
    "Everybody",
    "First",
    "Forced",
    "Group",
    "Held",
    "In",
    "Inactive",
    "Last",
    "Left",
    "Measure",
    "OfSegment",
    "Recorded",
    "Regularly",
    "Resumed",
    "Rule",
    "Share",
    "Stayed",
    "Stopped",
    "Then",
    "Was",
    "Where",
    "conditions",
    "none",
]
