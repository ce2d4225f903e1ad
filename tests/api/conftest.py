# SPDX-License-Identifier: GPL-3.0-or-later
import types

import pytest
from portal import Centre, Person, settled


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A running centre with two chambers; what the tests change, they change for all."""
    dir = tmp_path_factory.mktemp("world")
    site, mails = dir / "portal", dir / "Maildir"
    for name, text in (("index.html", "<!doctype html><title>login</title>" + "x" * 4000),
                       ("member/index.html", "<!doctype html><title>member</title>"),
                       ("assets/app-1a2b.js", "console.log('app');" * 100),
                       ("assets/app-1a2b.js.map", "{}"), ("assets/logo.svg", "<svg/>")):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    (site / "secret.html").symlink_to("/etc/hostname")
    (dir / "above.html").write_text("ABOVE")
    for part in ("new", "cur", "tmp"):
        (mails / part).mkdir(parents=True)
    (mails / "new" / "1700000000.M1P1.sample").write_bytes(
        b"From: =?UTF-8?B?6KaL5a6I44KK?= <otasuke@one.example>\r\nTo: president@sample.example\r\n"
        b"Subject: <script>alert(1)</script>\r\nContent-Type: text/plain; charset=UTF-8\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n6KaL5a6I44KKCg==\r\n")
    centre = Centre(dir, **{"portal.dir": site, "demo.maildir": mails}).start()
    gates = settled(centre, dir)
    yield types.SimpleNamespace(centre=centre, gates=gates, dir=dir)
    if centre.process.poll() is None:
        assert centre.stop() == 0, centre.log.read_text()


def logged_in(world, mail):
    person = Person(world.centre)
    status, answer = person.login(mail)
    assert status == 200, answer
    return person


@pytest.fixture
def nobody(world):
    return Person(world.centre)


@pytest.fixture
def member(world):
    return logged_in(world, "member@one.example")


@pytest.fixture
def operator(world):
    return logged_in(world, "operator@one.example")


@pytest.fixture
def stranger(world):
    return logged_in(world, "stranger@three.example")
