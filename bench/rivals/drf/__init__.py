"""Collecting with Django REST framework, as a good developer would: a serializer, a transaction, bulk_create."""
