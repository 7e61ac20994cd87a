"""PostgreSQL and Valkey on board: their binaries under our own launcher, for `make run`, tests and benches."""
