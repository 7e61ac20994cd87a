"""Dates as they are written here, where a language's own habits differ (en: 23 November 2026, 18:05)."""
