#!/usr/bin/env python3
"""A generated page must be what its generator prints: fresh.py GENERATOR PAGE."""
import subprocess
import sys

generator, page = sys.argv[1:]
wanted = subprocess.run([generator], check=True, capture_output=True).stdout
with open(page, "rb") as f:
    have = f.read()
if have != wanted:
    sys.exit(f"{page} is stale; write it again: {generator} > {page}")
