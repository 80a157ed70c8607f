"""Plots of results, a file each: what is shown, as plain values, and its figure."""

from benchmark.system import drawing as drawing  # before any module here imports matplotlib by itself
