"""The nouns about people, one file per subject."""

from profiles.models.accounts import Account, AccountMember
from profiles.models.changes import Change, Followup
from profiles.models.events import Event, EventType, SeenMessage
from profiles.models.identity import Assignment, Edge, Identifier, IdentifierType, Merge
from profiles.models.people import Profile, ProfileStat
from profiles.models.sources import Source, WriteKey
from profiles.models.traits import Trait, TraitValue

__all__ = [
    "Account",
    "AccountMember",
    "Assignment",
    "Change",
    "Edge",
    "Event",
    "EventType",
    "Followup",
    "Identifier",
    "IdentifierType",
    "Merge",
    "Profile",
    "ProfileStat",
    "SeenMessage",
    "Source",
    "Trait",
    "TraitValue",
    "WriteKey",
]
