#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""pytest.py FILE…: runs pytest so that meson counts right: 77 when every test was skipped or
pytest is missing, 1 when one failed.  A file of which only some were skipped says which."""
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != here]  # not ourselves
try:
    import pytest
except ImportError:
    print("python3-pytest is not installed")
    sys.exit(77)


class Count:
    passed = skipped = failed = 0

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.failed += 1
        elif report.skipped:
            self.skipped += 1
        elif report.when == "call":
            self.passed += 1


count = Count()
status = pytest.main(["-q", "-rs", "-p", "no:cacheprovider", "-W", "ignore::DeprecationWarning",
                      *sys.argv[1:]], plugins=[count])
if status == 0 and count.passed == 0:
    sys.exit(77)
sys.exit(int(status))
