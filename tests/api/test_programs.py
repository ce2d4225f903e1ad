# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that call the interface: tokens with scopes, counters, and nonsense of every shape."""
import json
import os
import random
import re

from portal import SPEC, Person, deref, operations
from test_routes import fill, ids_of

SEED = int(os.environ.get("OTASUKE_SEED", "20261121"))
# Fewer where each write goes to another process and back.
ROUNDS = int(os.environ.get("OTASUKE_FUZZ_ROUNDS", "2" if os.environ.get("OTASUKE_STORE_URL") else "8"))


def program(world, token):
    one = Person(world.centre)
    return lambda method, target, body=None: one.ask(
        method, target, body, Authorization=f"Bearer {token}")


def make(person, scopes, **more):
    return person.ask("POST", "/me/tokens", {"name": "集計", "scopes": scopes, **more})


def test_a_token_does_what_its_scopes_say(world, operator):
    status, made = make(operator, "incident.see metrics")
    assert status == 200 and re.fullmatch(r"otk_[\w-]{43}", made["token"])
    call = program(world, made["token"])
    incident = ids_of(world, 1)["incidents"]
    assert call("GET", "/incidents")[0] == 200
    assert call("PUT", f"/incidents/{incident}", {"state": "checking"})[0] == 403
    assert call("GET", "/gates")[0] == 403
    assert call("GET", "/me")[0] == 403 and call("GET", "/me/tokens")[0] == 403
    assert call("POST", "/me/tokens", {"name": "x", "scopes": "read"})[0] == 403
    status, text = call("GET", "/metrics")
    assert status == 200 and "otasuke_ingest_batches_total{result=\"taken\"}" in text
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) otasuke_\w+ .+|otasuke_\w+(\{\w+=\"\w+\"\})? \d+", line), line
    # Its owner sees when it was used, and ends it.
    listed = operator.ask("GET", "/me/tokens")[1]["items"]
    assert [t["used_us"] is not None for t in listed if t["id"] == made["id"]] == [True]
    assert operator.ask("DELETE", f"/me/tokens/{made['id']}", {})[0] == 204
    assert call("GET", "/incidents")[0] == 401
    assert operator.ask("DELETE", f"/me/tokens/{made['id']}", {})[0] == 404


def test_a_token_never_does_more_than_its_owner(world, member, operator):
    call = program(world, make(member, "read incident gate")[1]["token"])
    incident = ids_of(world, 1)["incidents"]
    assert call("GET", "/home")[0] == 200
    assert call("PUT", f"/incidents/{incident}", {"state": "checking"})[0] == 403
    assert call("GET", "/metrics")[0] == 403
    foreign = world.centre.one("SELECT min(id) FROM incident WHERE company_id <> 1")
    assert call("GET", f"/incidents/{foreign}")[0] == 404
    # Writing goes without the browser's second word: nobody can make a browser send this header.
    call = program(world, make(operator, "incident")[1]["token"])
    status, _ = call("PUT", f"/incidents/{incident}", {"state": "checking", "note": "プログラムから"})
    assert status in (200, 409)


def test_wrong_tokens(world, operator, stranger):
    for scopes in ("everything", "self", "read public", " "):
        assert make(operator, scopes)[0] == 409, scopes
    assert make(operator, "read", days=731)[0] == 400
    mine = make(operator, "read")[1]
    for token in ("otk_", "otk_" + "x" * 43, mine["token"][:-1], mine["token"] + "x", "otk_" + "x" * 4000):
        assert program(world, token)("GET", "/incidents")[0] == 401
    assert stranger.ask("DELETE", f"/me/tokens/{mine['id']}", {})[0] == 404
    world.centre.sql("UPDATE api_token SET expires_us = 1 WHERE id = ?", mine["id"])
    assert program(world, mine["token"])("GET", "/incidents")[0] == 401
    for _ in range(25):
        last = make(operator, "read")[0]
    assert last == 409
    world.centre.sql("UPDATE api_token SET ended_us = 1")


def test_ready(world, nobody):
    assert nobody.ask("GET", "/readyz")[1]["ok"] is True
    assert nobody.raw("GET", "/readyz")[0].status == 200
    assert nobody.ask("GET", "/metrics")[0] == 401


# ---- nonsense ----

TEXTS = ["", "0", "x" * 70000, "'; DROP TABLE incident; --", "\" OR 1=1 --", "%", "_", "!", "\x00", "\u202e", "\ud83d",
         "a\r\nBcc: x@example.test", "../../etc/passwd", "{{7*7}}", "<script>", "ﾃｽﾄ", "𩸽", "e\u0301", "-1", "1e309"]
NUMBERS = [0, -1, 1, 2 ** 31, 2 ** 53 + 1, 2 ** 63 - 1, 2 ** 63, -(2 ** 63), 2 ** 64, 1.5, 1e308]
OTHERS = [None, True, False, [], {}, [[[[]]]], {"a": {"b": {}}}]


def anything(r):
    return r.choice([r.choice(TEXTS), r.choice(NUMBERS), r.choice(OTHERS)])


def nearly(r, schema, depth=0):
    """A value of the schema, now and then a wrong one."""
    schema = deref(schema)
    if r.random() < 0.2 or depth > 4:
        return anything(r)
    if "enum" in schema:
        return r.choice(schema["enum"] + ["wrong"])
    kind = schema.get("type")
    kind = r.choice(kind) if isinstance(kind, list) else kind
    if kind == "object":
        value = {k: nearly(r, s, depth + 1) for k, s in schema.get("properties", {}).items() if r.random() < 0.8}
        return {**value, "more": 1} if r.random() < 0.1 else value
    if kind == "array":
        return [nearly(r, schema.get("items", {}), depth + 1) for _ in range(r.choice((0, 1, 3)))]
    if kind == "integer":
        return r.choice([schema.get("minimum", 0), schema.get("maximum", 7), r.choice(NUMBERS)])
    if kind == "string":
        return r.choice(["x" * schema.get("minLength", 1), "y" * (schema.get("maxLength", 20) + 1), r.choice(TEXTS)])
    return anything(r)


def query(r, op):
    import urllib.parse
    pairs = [(p["name"], str(nearly(r, p["schema"]))) for p in op.get("parameters", [])
             if p["in"] == "query" and r.random() < 0.7]
    if r.random() < 0.1:
        pairs.append(("more", "1"))
    text = urllib.parse.urlencode(pairs, errors="surrogatepass")
    return "?" + text if text else ""


def test_nonsense_gets_a_clear_answer(world, member, operator):
    """Every route, with values that nearly fit and values that do not: no answer but those that are
    described (portal.hold), never a 500, and the centre lives."""
    assert SPEC["openapi"].startswith("3.1")
    r = random.Random(SEED)
    for n in range(ROUNDS):
        person, known = r.choice([member, operator]), ids_of(world, 1)
        for method, path, op, _ in operations():
            if path in ("/logout", "/live", "/login", "/once") or path.startswith("/me"):
                continue
            ids = {k: r.choice([1, 2, 0, 2 ** 63 - 1, v]) for k, v in known.items()}
            target = fill(path, ids) + query(r, op)
            content = op.get("requestBody", {}).get("content", {}).get("application/json")
            body = None if method == "GET" else nearly(r, content["schema"]) if content else {}
            data = None if body is None else json.dumps(body).encode()
            if data and r.random() < 0.1:
                data = data[:r.randrange(len(data))] + bytes(r.randrange(256) for _ in range(r.randrange(4)))
            status, answer = person.ask(method, target[:1900], data)
            assert status < 500 or status == 503, (SEED, n, method, target, data, answer)
    assert member.ask("GET", "/home")[0] == 200 and operator.ask("GET", "/incidents")[0] == 200
