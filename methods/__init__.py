"""Methods that generate or train classifier weights. Usable without the harness: nothing here imports `benchmark`."""
