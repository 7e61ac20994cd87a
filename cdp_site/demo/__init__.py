"""The demo shop's website: a place to click around and to see it arrive."""
