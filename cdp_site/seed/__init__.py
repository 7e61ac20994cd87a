"""A shop that looks like a real one: its people, what they did in the last months, and segments to begin with."""
