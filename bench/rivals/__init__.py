"""The other ways to do the same, written as well as somebody who believes in them would."""
