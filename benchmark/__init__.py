"""The harness: data, bodies, episodes, cells, records and reports. Knows methods through `methods.interface`."""
