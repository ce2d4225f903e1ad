# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from centre import Centre


@pytest.fixture
def centre(tmp_path):
    """A running centre; afterwards it must end in peace."""
    c = Centre(tmp_path).start()
    yield c
    if c.process.poll() is None:
        assert c.stop() == 0, c.log.read_text()
