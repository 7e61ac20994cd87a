"""French, where Django's own lacks a comma or groups thousands by a space that breaks the line."""

DATETIME_FORMAT = "j F Y, H:i"
SHORT_DATE_FORMAT = "j N Y"
SHORT_DATETIME_FORMAT = "j N Y, H:i"
# Narrow and unbreakable, as browsers write it.
THOUSAND_SEPARATOR = "\u202f"
