"""The kinds of conditions: one file each. Importing this package registers them."""

from segments.leaves.base import Condition, Group, Rule, conditions, none
from segments.leaves.did import Did
from segments.leaves.everybody import Everybody
from segments.leaves.inactive import Inactive
from segments.leaves.member import In
from segments.leaves.where import Where

__all__ = ["Condition", "Did", "Everybody", "Group", "In", "Inactive", "Rule", "Where", "conditions", "none"]
