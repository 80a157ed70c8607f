"""The harness from Python: what `import benchmark` offers, of which the commands are made too."""
