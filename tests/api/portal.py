# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's browser as far as the interface can tell: cookie, token, JSON.  Every answer is
held against center/api/openapi/."""
import http.client
import json
import pathlib
import re
import subprocess
import sys
import urllib.parse

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "center"))
sys.path.insert(0, str(ROOT / "tools"))

import openapi  # noqa: E402
from centre import BUILD, Centre, Gate, alert  # noqa: E402

SPEC = openapi.load(openapi.parts(ROOT / "center/api/openapi"))
OTASUKE = BUILD / "cli" / "otasuke"
METHODS = ("get", "post", "put", "delete")
PASSWORD = "correct horse battery"


def operations():
    for path, item in SPEC["paths"].items():
        for method in METHODS:
            if method in item:
                servers = [s["url"].rstrip("/") for s in item.get("servers", SPEC["servers"])]
                yield method.upper(), path, item[method], servers


def operation(method, target):
    path = urllib.parse.urlsplit(target).path
    for m, pattern, op, servers in operations():
        shape = re.sub(r"\{\w+\}", "[^/]+", pattern)
        if m == method and any(re.fullmatch(re.escape(s) + shape, path) for s in servers):
            return op
    return None


def at_root(target):
    """Is this one of the few that are not below /api/v1?"""
    path = urllib.parse.urlsplit(target).path
    return any("/api/v1" not in servers and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path)
               for _, pattern, _, servers in operations())


def deref(node):
    while "$ref" in node:
        value = SPEC
        for part in node["$ref"][2:].split("/"):
            value = value[part]
        node = value
    return node


def hold(method, target, status, kind, body):
    """An answer that the file does not describe is a bug of one of the two."""
    op = operation(method, target)
    if op is None:
        assert status in (400, 404, 405), (method, target, status)
        schema = {"$ref": "#/components/schemas/Error"}
    else:
        described = op["responses"].get(str(status))
        assert described or status in (400, 405), (method, target, status, body)
        content = deref(described).get("content", {}) if described else {
            "application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        if not content:
            assert body == b"", (method, target, status, body)
            return None
        assert kind.split(";")[0] in content, (method, target, status, kind)
        schema = content[kind.split(";")[0]]["schema"]
    if not kind.startswith("application/json"):
        return body.decode(errors="replace")
    value = json.loads(body)
    jsonschema.Draft202012Validator(
        schema, resolver=jsonschema.RefResolver("", SPEC)).validate(value)
    return value


class Person:
    """`home` is the address that the person comes from (any of 127.0.0.0/8)."""

    def __init__(self, centre, home="127.0.0.1"):
        self.centre, self.home = centre, home
        self.cookie = self.csrf = None

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.centre.portal, timeout=40,
                                          source_address=(self.home, 0))

    def raw(self, method, target, body=None, headers=None):
        c = self.connect()
        try:
            c.request(method, target, body, headers or {})
            answer = c.getresponse()
            return answer, answer.read()
        finally:
            c.close()

    def ask(self, method, target, body=None, csrf=True, **headers):
        """(status, JSON) of a route below /api/v1."""
        if not at_root(target):
            target = "/api/v1" + target
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        if self.cookie:
            headers["Cookie"] = "theme=dark; otasuke_session=" + self.cookie
        if self.csrf and csrf and method != "GET":
            headers["X-Otasuke-Csrf"] = self.csrf
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        headers.setdefault("Accept", "application/json")
        answer, text = self.raw(method, target, data, headers)
        self.answer = answer
        cookie = re.match(r"otasuke_session=([^;]*);", answer.getheader("Set-Cookie") or "")
        if cookie:
            self.cookie = cookie[1] or None
        return answer.status, hold(method, target, answer.status,
                                   answer.getheader("Content-Type") or "", text)

    def login(self, mail, password=PASSWORD, **more):
        status, answer = self.ask("POST", "/login", {"mail": mail, "password": password, **more})
        if status == 200:
            self.csrf = answer["me"]["csrf"]
        return status, answer


def otasuke(*args, data=None, stdin="", ok=True):
    """The command line; its standard output."""
    more = ["--data", str(data)] if data else []
    run = subprocess.run([OTASUKE, *map(str, args), *more], input=stdin, text=True,
                         capture_output=True, timeout=60)
    if ok:
        assert run.returncode == 0, (args, run.stdout, run.stderr)
        return run.stdout.strip()
    return run


def settled(centre, dir):
    """Chamber 1 with companies 1 and 2, chamber 2 with company 3; a gate each that has sent
    an alert of a machine whose name says whose it is; people of each."""
    data = centre.data
    otasuke("chamber", "set", "--name", "STRANGER商工会議所", "--phone", "06-0000-0009", data=data)
    assert otasuke("company", "add", "--name", "NEIGHBOUR社", "--mail", "n@n.example",
                   data=data) == "2"
    assert otasuke("company", "add", "--name", "STRANGER社", "--mail", "s@s.example", "--lang",
                   "en", "--chamber", "STRANGER商工会議所", data=data) == "3"
    people = [("member@one.example", "member", 1), ("neighbour@two.example", "member", 2),
              ("stranger@three.example", "member", 3), ("operator@one.example", "operator", 0)]
    for mail, role, company in people:
        otasuke("user", "add", "--mail", mail, "--name", mail.split("@")[0], "--role", role,
                *(["--company", company] if company else []), data=data)
        otasuke("user", "passwd", "--mail", mail, data=data, stdin=PASSWORD + "\n")
    # The command line makes operators of the first chamber.
    otasuke("user", "add", "--mail", "other@three.example", "--name", "STRANGER見守り", "--role",
            "operator", data=data)
    otasuke("user", "passwd", "--mail", "other@three.example", data=data, stdin=PASSWORD + "\n")
    centre.sql("UPDATE account SET chamber_id = 2 WHERE mail = 'other@three.example'")
    gates = {}
    for company, name in ((1, "OWN-pc"), (2, "NEIGHBOUR-note"), (3, "STRANGER-server")):
        number = int(otasuke("gate", "add", "--company", company, "--name", f"gate {name}",
                             data=data))
        dir_of_gate = dir / f"gate{number}"
        dir_of_gate.mkdir()
        gate = Gate(centre, number, dir_of_gate)
        status, answer = gate.enrol(otasuke("gate", "code", number, data=data).splitlines()[0])
        assert status == 200, answer
        for cause, stopped in (("BACKDOOR", False), ("EXPLOIT", True), ("NEW_MACHINE", True)):
            assert gate.send(alert(cause, name, stopped))[0] == 200
        gates[company] = gate
    return gates
