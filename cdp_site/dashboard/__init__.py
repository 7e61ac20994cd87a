"""The parts of the dashboard: figures, trends of segments, what needs attention, the first steps."""
