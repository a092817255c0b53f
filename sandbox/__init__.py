"""The practice network: a small platform server for demo, training and tests. Imports nothing of the hub."""
