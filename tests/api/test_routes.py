# SPDX-License-Identifier: GPL-3.0-or-later
"""Every route answers as openapi/ says (portal.py holds each answer against it), and
nobody sees another tenant's things."""
import json
import re

import pytest
from portal import METHODS, SPEC, Person, operations

# Where the smallest body that fits would not do anything.
BODIES = {
    "/login": {"mail": "nobody@one.example", "password": "wrong"},
    "/once": {"token": "none"},
    "/me": {"lang": "ja"},
    "/me/totp": {"code": "000000"},
    "/incidents/{id}": {"state": "checking", "note": "電話した"},
    "/machines/{id}": {"known": 1, "name": "受付のPC"},
    "/machines/{id}/contain": {"reason": "検査"},
    "/gates/{id}/exceptions": {"what": "host", "value": "files.example", "reason": "取引先"},
    "/gates/{id}/settings": {"level": "gate", "name": "mode", "value": "observe"},
    "/bundles/{id}/rollout": {"rings": "1,10,100"},
    "/rollouts/{id}/undo": {"reason": "検査"},
    "/contacts": {"channel": "mail", "address": "soumu@sample.example"},
    "/contacts/{id}": {"name": "経理"},
}


def sample(schema):
    """Something small that a schema takes."""
    if "$ref" in schema:
        return sample(SPEC["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: sample(schema["properties"][name]) for name in schema.get("required", [])}
    if kind == "array":
        return [sample(schema["items"])] * schema.get("minItems", 0)
    if kind == "string":
        return ("0" if "0-9" in schema.get("pattern", "") else "x") * max(1, schema.get("minLength", 1))
    return schema.get("minimum", 0) if kind == "integer" else False


def body_for(method, path, op):
    if "requestBody" in op:
        return BODIES.get(path) or sample(op["requestBody"]["content"]["application/json"]["schema"])
    return None if method == "GET" else {}


def fill(path, ids):
    return path.replace("{id}", str(ids.get(path.split("/")[1], 0))).replace("{name}", "none")


def roll_out(world, chamber, version):
    """A bundle, and one roll-out of it that is over; the number of the bundle."""
    world.centre.sql("INSERT INTO bundle (chamber_id, name, version, sha256, size, expires_us, "
                     "published_us) VALUES (?, 'rules', ?, ?, 9, ?, 1) ON CONFLICT DO NOTHING",
                     chamber, version, "0" * 64, 1 << 52)
    bundle = world.centre.one("SELECT id FROM bundle WHERE chamber_id = ? AND version = ?", chamber, version)
    world.centre.sql("INSERT INTO rollout (chamber_id, bundle_id, state, rings, soak_s, ring_us, "
                     "started_us) SELECT ?, ?, 'done', '[1,100]', 60, 1, 1 WHERE NOT EXISTS (SELECT 1 "
                     "FROM rollout WHERE bundle_id = ?)", chamber, bundle, bundle)
    return bundle


def ids_of(world, company):
    one = world.centre.one
    incident = one("SELECT min(id) FROM incident WHERE company_id = ?", company)
    world.centre.sql(
        "INSERT INTO notice (incident_id, company_id, recipient, severity, subject, body, "
        "created_us, due_us, message_id, state) VALUES (?, ?, ?, 2, 'SUBJECT', 'BODY', 1, 1, "
        "?, 'cancelled') ON CONFLICT DO NOTHING", incident, company, f"x{company}@x.example",
        f"x{company}")
    for table, column, value in (("containment", "ip", "192.0.2.9"),
                                 ("gate_exception", "value", "files.example")):
        more = ", what, reason, until_us" if column == "value" else ""
        world.centre.sql(
            f"INSERT INTO {table} (company_id, gate_id, {column}, asked_us{more}) SELECT company_id, "
            f"id, ?, 1{', ?, ?, 9' if more else ''} FROM gate WHERE company_id = ? ORDER BY id LIMIT 1",
            value, *(("host", "x") if more else ()), company)
    chamber = one("SELECT chamber_id FROM company WHERE id = ?", company)
    world.centre.sql("INSERT INTO campaign (chamber_id, kind, value, opened_us, last_us) "
                     "VALUES (?, 'HAND', ?, 1, 1)", chamber, f"campaign {company}")
    roll_out(world, chamber, 1)
    world.centre.sql("INSERT INTO suppression (chamber_id, company_id, peer, reason, created_us, "
                     "created_by, expires_us) SELECT ?, ?, 'p', 'r', 1, min(id), 9 FROM account",
                     chamber, company)
    world.centre.sql("INSERT INTO advisory (chamber_id, uid, serial, body, signature, key, own, severity, from_us, "
                     "until_us, heard_us) VALUES (?, ?, 1, ?, '', '', 1, 1, 0, 9000000000000000, 0) ON CONFLICT "
                     "DO NOTHING", chamber, f"a{chamber}", json.dumps({"title_ja": "STRANGER" if chamber == 2 else "x"}))
    return {
        "advisories": one("SELECT max(id) FROM advisory WHERE chamber_id = ?", chamber),
        "campaigns": one("SELECT max(id) FROM campaign WHERE chamber_id = ?", chamber),
        "suppressions": one("SELECT max(id) FROM suppression WHERE company_id = ?", company),
        "containments": one("SELECT min(id) FROM containment WHERE company_id = ?", company),
        "exceptions": one("SELECT min(id) FROM gate_exception WHERE company_id = ?", company),
        "bundles": one("SELECT max(id) FROM bundle WHERE chamber_id = ?", chamber),
        "rollouts": one("SELECT max(id) FROM rollout WHERE chamber_id = ?", chamber),
        "companies": company,
        "incidents": incident,
        "contacts": one("SELECT min(id) FROM contact WHERE company_id = ?", company),
        "machines": one("SELECT min(id) FROM machine WHERE company_id = ?", company),
        "gates": one("SELECT min(id) FROM gate WHERE company_id = ? AND fingerprint IS NOT NULL",
                     company),
        "notices": one("SELECT min(id) FROM notice WHERE company_id = ?", company),
    }


def may(op, role):
    """x-role comes from roles.tbl; tests say member for an owner."""
    return {"member": "owner"}.get(role, role) in op["x-role"]


@pytest.mark.parametrize("role", ["member", "operator"])
def test_every_get_route_answers(world, role, request):
    person = request.getfixturevalue(role)
    ids = ids_of(world, 1)
    for method, path, op, _ in operations():
        if method == "GET" and "{name}" not in path:
            status, _ = person.ask("GET", fill(path, ids))
            assert status == (200 if may(op, role) else 403), path


def walk(person, role, ids):
    """As this person, with these ids, through every route that has any."""
    for method, path, op, _ in operations():
        if "{id}" not in path:
            continue
        status, answer = person.ask(method, fill(path, ids), body_for(method, path, op))
        assert status == (404 if may(op, role) else 403), (method, path, answer)


def test_foreign_ids_as_member(world, member):
    walk(member, "member", ids_of(world, 2))
    walk(member, "member", ids_of(world, 3))
    walk(member, "member", {})


def test_foreign_ids_as_operator(world, operator):
    walk(operator, "operator", ids_of(world, 3))
    walk(operator, "operator", {})
    assert world.centre.sql("SELECT id FROM gate WHERE company_id = 3 AND revoked_us IS NOT NULL"
                            ) == []


@pytest.mark.parametrize("target", [
    "/incidents", "/incidents?state=all&limit=200", "/machines", "/contacts", "/gates", "/companies", "/home",
    "/me", "/incidents?q=STRANGER", "/machines?q=STRANGER", "/companies?q=STRANGER",
    "/incidents?q=%25", "/incidents?q=' OR 1=1 --".replace(" ", "%20")])
def test_lists_hold_nothing_foreign(member, operator, stranger, target):
    for person, foreign in ((member, ("NEIGHBOUR", "STRANGER")), (operator, ("STRANGER",)),
                            (stranger, ("OWN", "NEIGHBOUR"))):
        status, answer = person.ask("GET", target)
        text = json.dumps(answer, ensure_ascii=False)
        assert status in (200, 403)
        assert not any(word in text for word in foreign), text


@pytest.mark.parametrize("kind", ["incidents", "machines", "gates", "contacts"])
def test_foreign_company_as_filter(member, operator, stranger, kind):
    for person, seen in ((member, {1}), (operator, {1, 2}), (stranger, {3})):
        for company in (1, 2, 3, 4711):
            status, _ = person.ask("GET", f"/{kind}?company={company}")
            assert status == (200 if company in seen else 404)


def test_without_a_session(world):
    ids = ids_of(world, 1)
    for cookie in (None, "x", "A" * 43, "A" * 5000, "'; DROP TABLE session; --"):
        person = Person(world.centre)
        person.cookie = cookie
        for method, path, op, _ in operations():
            if op["x-permission"] != "public":
                status, _ = person.ask(method, fill(path, ids), body_for(method, path, op))
                assert status == 401, (method, path, cookie)


def test_what_is_described_is_all_there_is(nobody):
    described = {(m, p) for m, p, _, _ in operations()}
    for method in METHODS:
        for path in {p for _, p in described}:
            # /invites/look is also the shape of /invites/{id}.
            also = any(m == method.upper() and re.fullmatch(re.sub(r"\{\w+\}", "[^/{]+", p), path)
                       for m, p in described)
            if (method.upper(), path) not in described and not also:
                status, _ = nobody.ask(method.upper(), fill(path, {}),
                                       None if method == "get" else {})
                assert status == 405, (method, path)
    for path in ("/nothing", "/incidents/1/x", "/ME", "/me/", "//me", "/companies/1/x"):
        assert nobody.ask("GET", path)[0] == 404, path


def test_an_incident_from_end_to_end(world, operator, member):
    status, page = operator.ask("GET", "/incidents?cause=BACKDOOR&company=1")
    (incident,) = page["items"]
    assert incident["machine"]["label"].startswith(("OWN-pc", "受付")) and not incident["stopped"]
    path = f"/incidents/{incident['id']}"
    now = member.ask("GET", "/live")[1]["now"]
    for state in ("checking", "working"):
        assert operator.ask("PUT", path, {"state": state})[0] == 200
    assert operator.ask("PUT", path, {"state": "new"})[0] == 409
    assert operator.ask("PUT", path, {"state": "done"})[0] == 400
    status, done = operator.ask("PUT", path, {"state": "done", "outcome": "solved",
                                              "note": "線を抜いた"})
    assert (status, done["state"], done["outcome"]) == (200, "done", "solved")
    assert any("線を抜いた" in line["detail"] and line["who"] == "operator"
               for line in done["history"])
    assert member.ask("GET", f"/live?since={now}")[1]["changed"]
    assert member.ask("GET", "/incidents?state=done")[1]["items"][0]["id"] == incident["id"]
    assert operator.ask("PUT", path, {"state": "checking"})[0] == 200  # opened again
    events = member.ask("GET", path + "/events")[1]["items"]
    assert events and "eve" not in events[0]
    assert events[0]["dest"] == "198.51.100.7:80" and events[0]["what"] == "sample rule"
    eve = operator.ask("GET", path + "/events?limit=1")[1]["items"][0]["eve"]
    assert eve["event_type"] == "alert"


def test_pages_hold_everything_once(operator):
    seen, before = [], ""
    while True:
        status, page = operator.ask("GET", "/incidents?limit=2" + before)
        seen += [i["id"] for i in page["items"]]
        if not page["next"]:
            break
        before = "&before=" + page["next"]
    everything = [i["id"] for i in operator.ask("GET", "/incidents?limit=200")[1]["items"]]
    assert seen == everything and len(set(seen)) == len(seen) >= 6


def test_home_says_what_is_needed(member, stranger):
    home = stranger.ask("GET", "/home")[1]
    assert home["needed"] and home["open"][0]["severity"] == "urgent"
    assert home["counts"]["exploit_in"] == 1 and home["counts"]["backdoor_out"] == 1
    assert home["gates"][0]["state"] == "ok" and home["machines"] == 1


def test_a_machine_gets_a_name(world, member):
    machine = member.ask("GET", "/machines")[1]["items"][0]
    status, after = member.ask("PUT", f"/machines/{machine['id']}", {"known": 2, "name": "倉庫"})
    assert (after["known"], after["name"], after["label"]) == (2, "倉庫", "倉庫")
    assert member.ask("PUT", f"/machines/{machine['id']}", {})[0] == 400
    assert member.ask("GET", "/machines?q=%ff")[0] == 400
    assert member.ask("GET", "/machines?q=%E5%80%89%E5%BA%AB")[1]["items"][0]["id"] == machine["id"]


def test_a_gate_joins_and_is_revoked(world, operator, member):
    from portal import Gate, alert, otasuke
    number = int(otasuke("gate", "add", "--company", 1, "--name", "second",
                         data=world.centre.data))
    status, answer = operator.ask("POST", f"/gates/{number}/enrol-code", {})
    dir = world.dir / "second"
    dir.mkdir()
    gate = Gate(world.centre, number, dir)
    assert gate.enrol(answer["code"])[0] == 200
    assert gate.send(alert())[0] == 200
    gates = {g["id"]: g for g in member.ask("GET", "/gates")[1]["items"]}
    assert gates[number]["state"] == "ok"
    status, revoked = operator.ask("POST", f"/gates/{number}/revoke")
    assert (status, revoked["state"]) == (200, "revoked")
    assert gate.send(alert())[0] == 403
    assert operator.ask("POST", f"/gates/{number}/revoke", {})[0] == 409
    assert operator.ask("POST", f"/gates/{number}/enrol-code", {})[0] == 409


def test_playbooks(member, operator, stranger, world):
    """Members tick off their own steps and no others; nobody reaches another tenant's."""
    mine = world.centre.one("SELECT min(id) FROM incident WHERE cause = 'BACKDOOR' AND company_id = "
                            "(SELECT company_id FROM account WHERE mail = 'member@one.example')")
    where = f"/incidents/{mine}/playbooks"
    status, answer = member.ask("GET", where)
    book = answer["items"][0]
    assert (status, book["id"]) == (200, "backdoor")
    assert {s["who"] for s in book["steps"]} == {"member"} and all("{" not in s["text_ja"] for s in book["steps"])
    done = {"book": "backdoor", "step": "cable", "done": 1}
    assert member.ask("PUT", where, done)[1]["items"][0]["steps"][0]["done_by"]
    assert member.ask("PUT", where, {**done, "step": "cut"})[0] == 403
    assert member.ask("PUT", where, {**done, "step": "none"})[0] == 409
    assert stranger.ask("PUT", where, done)[0] == 404
    assert stranger.ask("PUT", where, {**done, "step": "none"})[0] == 404
    assert operator.ask("PUT", where, {**done, "done": 0})[1]["items"][0]["steps"][0]["done_us"] is None
    for book in ("flood", "silent", "virus", "phishing", "ransomware", "ransomware"):
        status, answer = operator.ask("POST", where, {"book": book})
        assert status in (200, 409)
    assert [b["id"] for b in answer["items"]] == ["backdoor", "flood", "silent", "virus", "phishing", "ransomware"] \
        if status == 200 else True
    assert operator.ask("POST", where, {"book": "scanner"})[0] == 409
    assert member.ask("POST", where, {"book": "flood"})[0] == 403


def test_a_machine_is_cut_off_and_comes_back(world, operator, member, stranger):
    """No gate answers here (tests/join has one): what is asked for, and by whom it may be."""
    world.centre.sql("UPDATE machine SET mac = '02:00:5e:00:00:07' WHERE company_id = 1 AND id = "
                     "(SELECT min(id) FROM machine WHERE company_id = 1)")
    machine = world.centre.one("SELECT min(id) FROM machine WHERE company_id = 1")
    where = f"/machines/{machine}/contain"
    assert member.ask("POST", where, {"reason": "x"})[0] == 403
    status, cut = operator.ask("POST", where, {"reason": "遠隔操作の疑い", "minutes": 30})
    assert (status, cut["state"], cut["mac"]) == (200, "asked", "02:00:5e:00:00:07"), cut
    assert operator.ask("POST", where, {"reason": "again"})[0] == 409
    seen = member.ask("GET", "/containments")[1]["items"][0]
    assert seen["id"] == cut["id"] and seen["may_release"]
    assert operator.ask("POST", f"/containments/{cut['id']}/confirm", {})[1]["until_us"] == 0
    assert stranger.ask("POST", f"/containments/{cut['id']}/release", {})[0] == 404
    assert member.ask("POST", f"/containments/{cut['id']}/release", {})[1]["state"] == "releasing"
    assert member.ask("POST", f"/containments/{cut['id']}/release", {})[0] == 409


def test_new_rules_ring_by_ring(world, operator, member):
    """What the routes let through; center/fleet/rollout_test has the gates' part."""
    bundle = roll_out(world, 1, 50)
    where = f"/bundles/{bundle}/rollout"
    assert member.ask("GET", "/rollouts")[0] == member.ask("POST", where, {"rings": "100"})[0] == 403
    foreign = roll_out(world, world.centre.one("SELECT chamber_id FROM company WHERE id = 3"), 50)
    assert operator.ask("POST", f"/bundles/{foreign}/rollout", {"rings": "100"})[0] == 404
    assert foreign not in [b["id"] for b in operator.ask("GET", "/bundles")[1]["items"]]
    for rings in ("10,5,100", "1,10", "1,200", "100],[100", "1.5,100", "a,100"):
        assert operator.ask("POST", where, {"rings": rings})[0] == 400, rings
    assert operator.ask("POST", where, {"rings": "100"})[0] == 200
    assert operator.ask("POST", where, {"rings": "100"})[0] == 409
    one = operator.ask("GET", "/rollouts")[1]["items"][0]
    assert one["state"] == "running" and one["may_hold"] and one["bundle"]["version"] == 50
    assert sum(one["rings"][0][k] for k in ("waiting", "ordered", "runs")) > 0
    held = f"/rollouts/{one['id']}"
    assert operator.ask("POST", held + "/resume", {})[0] == 409
    assert operator.ask("POST", held + "/freeze", {})[1]["state"] == "frozen"
    assert operator.ask("POST", held + "/resume", {})[1]["state"] == "running"
    assert member.ask("POST", held + "/undo", {"reason": "x"})[0] == 403
    assert operator.ask("POST", held + "/undo", {})[0] == 400
    status, gone = operator.ask("POST", held + "/undo", {"reason": "誤検知が多い"})
    assert (status, gone["state"], gone["why"], gone["may_undo"]) == (200, "undone", "誤検知が多い", False)
    assert operator.ask("POST", held + "/undo", {"reason": "again"})[0] == 409


def test_settings_come_from_the_nearest_level(world, operator):
    gate = ids_of(world, 1)["gates"]
    where = f"/gates/{gate}/settings"

    def heartbeat():
        fleet = operator.ask("GET", f"/gates/{gate}/fleet")[1]
        return next((s["value"], s["level"]) for s in fleet["settings"] if s["name"] == "heartbeat_s")

    def put(level, value=None):
        body = {"level": level, "name": "heartbeat_s", **({"value": value} if value else {})}
        return operator.ask("PUT", where, body)[0]

    assert put("group", "5") == 409  # it is in none
    assert operator.ask("PUT", f"/gates/{gate}/group", {"group": "第1組"})[1]["group"] == "第1組"
    for level, value in (("gate", "10"), ("chamber", "50"), ("company", "30"), ("group", "40")):
        assert put(level, value) == 200
    for level, value in (("gate", "10"), ("company", "30"), ("group", "40"), ("chamber", "50")):
        assert heartbeat() == (value, level)
        assert put(level) == 200
    assert heartbeat() == ("", "")
    assert operator.ask("PUT", where, {"level": "gate", "name": "user", "value": "root"})[0] == 400
    assert put("gate", "often") == 400 and put("gate", "0") == 400
    operator.ask("PUT", f"/gates/{gate}/group", {"group": ""})
