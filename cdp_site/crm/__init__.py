"""A real CRM beside Kith: BottleCRM in an environment and on a database of its own, for `make crm` and its tests."""
