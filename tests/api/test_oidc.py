# SPDX-License-Identifier: GPL-3.0-or-later
"""Login through another server: a small one of our own, which can lie in every way."""
import base64
import hashlib
import http.server
import json
import subprocess
import threading
import time
import urllib.parse

import pytest
from portal import Centre, Person, otasuke


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Provider:
    """OpenID Connect with one client; `lie` changes the header, claims or signature."""

    def __init__(self, dir):
        self.key = dir / "oidc.pem"
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], check=True,
                       capture_output=True)
        text = subprocess.run(["openssl", "rsa", "-in", self.key, "-noout", "-modulus"],
                              check=True, capture_output=True, text=True).stdout
        n = bytes.fromhex(text.strip().split("=")[1])
        self.keys = {"keys": [{"kty": "RSA", "kid": "one", "use": "sig", "alg": "RS256",
                               "n": b64(n), "e": "AQAB"}]}
        self.person = {"sub": "person-1", "email": "Sso@one.example", "email_verified": True,
                       "name": "共通 花子", "groups": ["everybody", "desk-team"]}
        self.codes, self.lie = {}, {}
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def say(self, value, status=200):
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                if self.path.startswith("/.well-known"):
                    self.say({"issuer": provider.lie.get("issuer", provider.url),
                              "authorization_endpoint": provider.url + "/authorize",
                              "token_endpoint": provider.url + "/token",
                              "jwks_uri": provider.url + "/keys"})
                else:
                    self.say(provider.keys)

            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(
                    self.rfile.read(int(self.headers["Content-Length"])).decode()))
                asked = provider.codes.pop(form.get("code"), None)
                proof = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
                if not asked or proof != asked["code_challenge"] or form["client_secret"] != "s3cret":
                    self.say({"error": "invalid_grant"}, 400)
                else:
                    self.say({"id_token": provider.token(asked["nonce"])})

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, nonce):
        now = int(time.time())
        head = {"alg": "RS256", "kid": "one", **self.lie.get("head", {})}
        claims = {"iss": self.url, "aud": "otasuke", "nonce": nonce, "iat": now, "exp": now + 300,
                  **self.person, **self.lie.get("claims", {})}
        text = b64(json.dumps(head).encode()) + "." + b64(json.dumps(claims).encode())
        if head["alg"] == "none":
            return text + "."
        sig = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=text.encode(),
                             check=True, capture_output=True).stdout
        if self.lie.get("sig"):
            sig = sig[:-1] + bytes([sig[-1] ^ 1])
        return text + "." + b64(sig)

    def authorize(self, url):
        """What the person's browser does there; the code and state that come back."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        code = f"code{time.monotonic_ns()}"
        self.codes[code] = asked
        return code, asked["state"]


@pytest.fixture(scope="module")
def oidc(tmp_path_factory):
    dir = tmp_path_factory.mktemp("oidc")
    provider = Provider(dir)
    (dir / "secret").write_text("s3cret\n")
    centre = Centre(dir, **{"portal.url": "http://localhost:8480", "oidc.issuer": provider.url,
                            "oidc.client": "otasuke", "oidc.secret_file": dir / "secret",
                            "oidc.create": "yes", "oidc.link": "yes"}).start()
    otasuke("oidc", "add", "--claim", "groups", "--value", "desk-team", "--role", "desk",
            data=centre.data)
    yield centre, provider
    provider.server.shutdown()
    assert centre.stop() == 0


def come(centre, provider, **lie):
    person = Person(centre)
    provider.lie = {}
    assert person.ask("GET", "/login/oidc")[1] == {"on": True}
    status, asked = person.ask("POST", "/login/oidc/ask", {})
    assert status == 200
    code, state = provider.authorize(asked["url"])
    assert state == asked["state"]
    provider.lie = lie
    status, answer = person.ask("POST", "/login/oidc", {"code": code, "state": state})
    provider.lie = {}
    return status, answer, (person, code, state)


def test_somebody_new_is_what_the_rule_says(oidc):
    status, answer, (person, code, state) = come(*oidc)
    assert status == 200
    assert (answer["me"]["duty"], answer["me"]["mail"]) == ("desk", "sso@one.example")
    assert person.ask("POST", "/login/oidc", {"code": code, "state": state})[0] == 401  # once
    assert come(*oidc)[0] == 200  # known now
    assert "oidc" in str(oidc[0].sql("SELECT way FROM session"))


@pytest.mark.parametrize("lie", [
    {"sig": True}, {"head": {"alg": "none"}}, {"head": {"alg": "HS256"}}, {"head": {"kid": "two"}},
    {"head": {"crit": ["x"]}},
    {"claims": {"aud": "other"}}, {"claims": {"aud": ["otasuke", "other"]}},
    {"claims": {"iss": "http://127.0.0.1:1"}}, {"claims": {"exp": 1000}},
    {"claims": {"exp": "soon"}}, {"claims": {"iat": 9999999999}}, {"claims": {"nonce": "old"}},
    {"claims": {"azp": "other"}}, {"claims": {"sub": ""}}])
def test_no_lie_gets_in(oidc, lie):
    assert come(*oidc, **lie)[0] == 401


def test_who_may_not_come(oidc):
    centre, provider = oidc
    other = {"sub": "person-2", "email": "two@one.example", "groups": ["everybody"]}
    assert come(centre, provider, claims=other)[0] == 401  # no rule
    other["groups"] = ["desk-team"]
    assert come(centre, provider, claims={**other, "email_verified": False})[0] == 401
    assert come(centre, provider, claims=other)[0] == 200
    # No longer in the group: no longer in.
    assert come(centre, provider, claims={**other, "groups": []})[0] == 401
    # In a lesser one: not what they were.
    otasuke("oidc", "add", "--claim", "groups", "--value", "paper-team", "--role", "partner",
            data=centre.data)
    assert come(centre, provider, claims={**other, "groups": ["paper-team"]})[0] == 401
    assert come(centre, provider, claims=other)[0] == 200
    # An account that was there is found by its address.
    otasuke("user", "add", "--mail", "owner@one.example", "--name", "社長", "--role", "owner",
            "--company", 1, data=centre.data)
    otasuke("user", "passwd", "--mail", "owner@one.example", data=centre.data,
            stdin="a long password\n")
    status, answer, _ = come(centre, provider, claims={
        "sub": "person-3", "email": "owner@one.example", "groups": []})
    assert status == 200 and answer["me"]["duty"] == "owner"
    otasuke("user", "end", "--mail", "owner@one.example", data=centre.data)
    assert come(centre, provider, claims={"sub": "person-3", "groups": []})[0] == 401


def test_a_false_server_is_not_asked(oidc):
    centre, provider = oidc
    provider.lie = {"issuer": "https://other.example"}
    assert Person(centre).ask("POST", "/login/oidc/ask", {})[0] == 503
    provider.lie = {}
    assert Person(centre).ask("POST", "/login/oidc", {"code": "x", "state": "x"})[0] == 401


def test_off_unless_set(world, nobody):
    assert nobody.ask("GET", "/login/oidc")[1] == {"on": False}
    assert nobody.ask("POST", "/login/oidc/ask", {})[0] == 404
