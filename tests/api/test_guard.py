# SPDX-License-Identifier: GPL-3.0-or-later
"""Guessing, forged pages, nonsense and dawdling."""
import concurrent.futures
import hashlib
import hmac
import base64
import json
import re
import socket
import struct
import time

import pytest
from portal import PASSWORD, Centre, Person, otasuke


def test_a_thousand_guesses(world):
    """Ten are looked at; the others are turned away without a hash being made."""
    mail = "neighbour@two.example"
    home = Person(world.centre, "127.0.0.77")
    assert home.login(mail)[0] == 200
    thief = Person(world.centre, "127.0.0.66")
    answers = [thief.login(mail, f"guess {n}")[0] for n in range(1000)]
    assert answers[:10] == [401] * 10 and set(answers[10:]) == {429}
    assert 800 < int(thief.answer.getheader("Retry-After")) <= 900
    # The right one is not found out either, while it lasts.
    assert thief.login(mail, PASSWORD)[0] == 429
    # At home, nobody notices.
    assert Person(world.centre, "127.0.0.77").login(mail)[0] == 200
    written = world.centre.one("SELECT count(*) FROM audit WHERE action = 'login.wrong' AND "
                               "detail = '127.0.0.66'")
    assert written == 10


def test_at_once_from_many_sides(world):
    def guess(n):
        return Person(world.centre, f"127.0.2.{n}").login("stranger@three.example", "x")[0]
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(guess, range(1, 31)))
    assert set(answers) <= {401, 429, 503} and answers.count(401) > 0
    assert Person(world.centre).login("stranger@three.example")[0] == 200


def test_behind_a_server(tmp_path):
    """With nginx in front everybody has its address: one guesser must not be everybody."""
    with_one = Centre(tmp_path, **{"portal.proxy": "127.0.0.1"}).start()
    try:
        otasuke("user", "add", "--mail", "a@one.example", "--name", "a", "--role", "operator",
                data=with_one.data)
        otasuke("user", "passwd", "--mail", "a@one.example", data=with_one.data,
                stdin=PASSWORD + "\n")

        def login(password, forwarded, home="127.0.0.1"):
            person = Person(with_one, home)
            status = person.ask("POST", "/login", {"mail": "a@one.example", "password": password},
                                X_Forwarded_For=forwarded, X_Forwarded_Proto="https")[0]
            return status, person.answer.getheader("Set-Cookie") or ""
        guesses = [login("guess", f"203.0.113.{n}, 198.51.100.7")[0] for n in range(15)]
        assert guesses == [401] * 10 + [429] * 5
        status, cookie = login(PASSWORD, "192.0.2.1")
        assert status == 200 and "Secure" in cookie
        # Nobody else is believed.
        status, cookie = login(PASSWORD, "198.51.100.7", home="127.0.0.2")
        assert status == 200 and "Secure" not in cookie
        # Nor is there one address's share of the connections.
        lines = [socket.create_connection(("127.0.0.1", with_one.portal)) for _ in range(100)]
        assert Person(with_one).ask("GET", "/healthz")[0] == 200
        for line in lines:
            line.close()
    finally:
        assert with_one.stop() == 0


@pytest.mark.parametrize("key, value, said", [
    ("portal.cert", "/etc/hostname", "portal.key"), ("portal.proxy", "nginx", "portal.proxy")])
def test_settings_that_do_not_fit(tmp_path, key, value, said):
    with pytest.raises(RuntimeError, match=said):
        Centre(tmp_path, **{key: value}).start()


def test_unknown_and_wrong_look_alike(world):
    def answer(mail):
        return Person(world.centre, "127.0.0.88").login(mail, "wrong")
    assert answer("member@one.example") == answer("nobody@one.example") == answer("no address")


def test_sessions(world, member):
    cookie = member.answer.getheader("Set-Cookie")
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    kept = world.centre.sql("SELECT hash FROM session")
    assert member.cookie not in str(kept)
    again = Person(world.centre)
    again.cookie, again.csrf = member.cookie, member.csrf
    assert again.ask("GET", "/me")[0] == 200
    assert member.ask("POST", "/logout", {})[0] == 204
    assert again.ask("GET", "/me")[0] == 401


def test_one_time_link(world):
    link = otasuke("user", "once", "--mail", "member@one.example", "--portal",
                   "http://portal.example", data=world.centre.data)
    token = re.fullmatch(r"http://portal.example/#once=(\S+)", link)[1]
    assert Person(world.centre).ask("POST", "/once", {"token": token})[0] == 200
    assert Person(world.centre).ask("POST", "/once", {"token": token})[0] == 401


def code_of(secret, at):
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(at) // 30), hashlib.sha1)
    digest = mac.digest()
    start = digest[-1] & 15
    return "%06d" % ((struct.unpack(">I", digest[start:start + 4])[0] & 0x7FFFFFFF) % 10**6)


def test_second_factor(world):
    mail = "totp@one.example"
    otasuke("user", "add", "--mail", mail, "--name", "t", "--role", "operator",
            data=world.centre.data)
    otasuke("user", "passwd", "--mail", mail, data=world.centre.data, stdin=PASSWORD + "\n")
    person = Person(world.centre)
    person.login(mail)
    status, offer = person.ask("POST", "/me/totp", {})
    assert offer["uri"].endswith(f"secret={offer['secret']}&issuer=otasuke")
    now = time.time()
    used = code_of(offer["secret"], now)
    assert person.ask("PUT", "/me/totp", {"code": "000000" if used != "000000" else "1" * 6})[0] == 403
    assert person.ask("PUT", "/me/totp", {"code": used})[0] == 204
    assert person.ask("POST", "/me/totp", {})[0] == 409
    assert person.ask("GET", "/me")[1]["totp"]
    assert Person(world.centre).login(mail)[1]["error"]["code"] == "totp"
    assert Person(world.centre).login(mail, totp=used)[0] == 401  # spent when it was turned on
    fresh = code_of(offer["secret"], now + 30)
    assert Person(world.centre).login(mail, totp=fresh)[0] == 200
    assert Person(world.centre).login(mail, totp=fresh)[0] == 401
    assert person.ask("DELETE", "/me/totp", {"code": fresh})[0] == 403
    otasuke("user", "totp-off", "--mail", mail, data=world.centre.data)
    assert Person(world.centre).login(mail)[0] == 200


def test_new_password(world):
    mail = "pass@one.example"
    otasuke("user", "add", "--mail", mail, "--name", "p", "--role", "member", "--company", 1,
            data=world.centre.data)
    assert Person(world.centre).login(mail, "")[0] == 400
    fresh = Person(world.centre)
    link = otasuke("user", "once", "--mail", mail, data=world.centre.data)
    fresh.csrf = fresh.ask("POST", "/once", {"token": link.split("#once=")[1].split()[0]})[1]["me"]["csrf"]
    assert not fresh.ask("GET", "/me")[1]["password"]
    assert fresh.ask("PUT", "/me", {"password": {"old": "any", "new": "a first password"}})[0] == 403
    assert fresh.ask("PUT", "/me", {"password": {"new": "a first password"}})[1]["me"]["password"]
    assert Person(world.centre).login(mail, "a first password")[0] == 200
    assert fresh.ask("PUT", "/me", {"password": {"new": "without the old one"}})[0] == 403
    otasuke("user", "passwd", "--mail", mail, data=world.centre.data, stdin=PASSWORD + "\n")
    one, two = Person(world.centre), Person(world.centre)
    one.login(mail), two.login(mail)
    change = {"old": "not that one", "new": "another long one"}
    assert one.ask("PUT", "/me", {"password": change})[0] == 403
    assert one.ask("PUT", "/me", {"password": {"old": PASSWORD, "new": "short"}})[0] == 400
    change["old"] = PASSWORD
    assert one.ask("PUT", "/me", {"password": change, "lang": "en"})[1]["me"]["lang"] == "en"
    assert one.ask("GET", "/me")[0] == 200 and two.ask("GET", "/me")[0] == 401
    assert Person(world.centre).login(mail)[0] == 401
    assert Person(world.centre).login(mail, "another long one")[0] == 200


def test_forged_pages(world, operator):
    incident = operator.ask("GET", "/incidents?limit=1")[1]["items"][0]["id"]
    path, body = f"/incidents/{incident}", {"state": "checking"}
    assert operator.ask("PUT", path, body, csrf=False)[0] == 403
    assert operator.answer.status == 403
    assert operator.ask("PUT", path, body, csrf=False, X_Otasuke_Csrf="x" * 43)[0] == 403
    assert operator.ask("PUT", path, body, Sec_Fetch_Site="cross-site")[0] == 403
    assert operator.ask("POST", "/logout", {}, csrf=False)[0] == 403
    # A form of another page cannot say that it sends JSON.
    assert operator.ask("PUT", path, json.dumps(body).encode(),
                        Content_Type="text/plain")[0] == 400
    assert operator.ask("GET", path)[0] == 200
    assert "Access-Control-Allow-Origin" not in operator.answer.headers


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b'{"mail":1,"password":"x"}', b'{"mail":"x"}',
    b'{"mail":"x","password":"x","more":1}', b'{"mail":"x","mail":"y","password":"z"}',
    b'{"mail":"x","password":"\xff"}', b'{"mail":"x","password":"x\\u0000y"}',
    b'{"a":' * 5000 + b"1" + b"}" * 5000, b"x" * 65536, b'{"mail":"' + b"x" * 255 + b'","password":"x"}'])
def test_bodies_that_do_not_fit(nobody, body):
    assert nobody.ask("POST", "/login", body)[0] == 400


def test_bodies_too_large(world, nobody):
    try:
        status = nobody.ask("POST", "/login", b" " * 70000)[0]
    except (BrokenPipeError, ConnectionResetError):
        status = 413
    assert status == 413
    with talk(world) as s:
        s.sendall(b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  b"Transfer-Encoding: chunked\r\n\r\n" + b"1000\r\n" + b" " * 4096 + b"\r\n")
        for _ in range(40):
            s.sendall(b"1000\r\n" + b" " * 4096 + b"\r\n")
        s.sendall(b"0\r\n\r\n")
        assert heard(s).startswith(b"HTTP/1.1 413")


def talk(world):
    return socket.create_connection(("127.0.0.1", world.centre.portal), timeout=60)


def heard(s):
    text = b""
    try:
        while part := s.recv(65536):
            text += part
            if b"\r\n\r\n" in text:
                break
    except (ConnectionResetError, socket.timeout):
        pass
    return text


@pytest.mark.parametrize("junk", [
    b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n",
    b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
    b"GET /" + b"a" * 60000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nCookie: " + b"otasuke_session=;" * 500 + b"\r\n\r\n",
    b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"
    b"\r\n\r\n0\r\n\r\n",
    b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"GET /api/v1/me%00 HTTP/1.1\r\nHost: x\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", bytes(range(256)) * 40])
def test_junk_is_refused_and_forgotten(world, nobody, junk):
    with talk(world) as s:
        s.settimeout(3)  # whoever waits for more is hung up on by and by
        try:
            s.sendall(junk)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        answer = heard(s)
        assert not re.match(rb"HTTP/1.1 (2|5)", answer) or answer.startswith(b"HTTP/1.1 505"), answer
    assert nobody.ask("GET", "/healthz")[0] == 200


def test_dawdlers_are_hung_up_on(world, nobody):
    """A byte now and then keeps no connection open for long."""
    began = time.monotonic()
    with talk(world) as s:
        s.sendall(b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        s.settimeout(1)
        closed = False
        while not closed and time.monotonic() - began < 45:
            try:
                s.sendall(b"a")
                closed = s.recv(100) == b"" or True
            except socket.timeout:
                pass
            except OSError:
                closed = True
        assert closed
    assert nobody.ask("GET", "/healthz")[0] == 200


def test_one_address_has_so_many_connections(world):
    lines, refused = [], 0
    try:
        for _ in range(100):
            s = socket.create_connection(("127.0.0.1", world.centre.portal), timeout=5,
                                         source_address=("127.0.9.9", 0))
            lines.append(s)
        for s in lines:
            try:
                s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                refused += not heard(s).startswith(b"HTTP/1.1 200")
            except OSError:
                refused += 1
    finally:
        for s in lines:
            s.close()
    assert refused >= 36
    assert Person(world.centre, "127.0.9.8").ask("GET", "/healthz")[0] == 200
