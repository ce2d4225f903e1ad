# SPDX-License-Identifier: GPL-3.0-or-later
"""People: invited, named, let in again by two; what they may look at; what is written down."""
import re

from portal import PASSWORD, Person, otasuke


def token_of(world, mail, mark):
    """The link in the newest mail to this address."""
    body = world.centre.one(
        "SELECT body FROM notice WHERE recipient = ? AND step = 'link' ORDER BY id DESC LIMIT 1",
        mail)
    return re.search(mark + r"=([\w-]+)", body)[1]


def account(world, mail):
    return world.centre.one("SELECT id FROM account WHERE mail = ?", mail)


def staffed(world, role, mail, *more):
    otasuke("user", "add", "--mail", mail, "--name", mail.split("@")[0], "--role", role, *more,
            data=world.centre.data)
    otasuke("user", "passwd", "--mail", mail, data=world.centre.data, stdin=PASSWORD + "\n")
    person = Person(world.centre)
    assert person.login(mail)[0] == 200
    return person


def test_an_invitation(world, operator, member, nobody):
    status, made = operator.ask("POST", "/invites", {
        "mail": "New@One.example", "name": "新人", "duty": "staff", "company": 1})
    assert status == 200
    token = token_of(world, "new@one.example", "invite")
    status, shown = nobody.ask("POST", "/invites/look", {"token": token})
    assert (status, shown["mail"], shown["duty"]) == (200, "new@one.example", "staff")
    assert nobody.ask("POST", "/invites/look", {"token": "x" * 43})[0] == 401
    status, answer = nobody.ask("POST", "/invites/accept", {
        "token": token, "name": "新人 太郎", "password": "a long password"})
    assert status == 200 and answer["me"]["duty"] == "staff" and answer["me"]["company"]["id"] == 1
    nobody.csrf = answer["me"]["csrf"]
    assert nobody.ask("GET", "/home")[0] == 200
    assert nobody.ask("GET", "/people")[0] == 403  # staff sees no people
    again = Person(world.centre)
    assert again.ask("POST", "/invites/accept", {
        "token": token, "name": "x", "password": "another password"})[0] == 401
    # The link is in no mail any more.
    assert world.centre.one("SELECT count(*) FROM notice WHERE body LIKE ?", f"%{token}%") == 0
    # An owner invites into the own company only, and no operator.
    assert member.ask("POST", "/invites", {
        "mail": "x@two.example", "name": "x", "duty": "staff", "company": 2})[0] == 404
    assert member.ask("POST", "/invites", {
        "mail": "x@two.example", "name": "x", "duty": "operator"})[0] == 403
    assert member.ask("POST", "/invites", {
        "mail": "own@one.example", "name": "x", "duty": "staff"})[0] == 200
    assert member.ask("POST", "/invites", {
        "mail": "new@one.example", "name": "x", "duty": "staff"})[0] == 409
    (open_one,) = [i for i in member.ask("GET", "/invites")[1]["items"] if i["state"] == "open"]
    token = token_of(world, "own@one.example", "invite")
    assert member.ask("DELETE", f"/invites/{open_one['id']}", {})[0] == 204
    assert again.ask("POST", "/invites/look", {"token": token})[0] == 401
    # The access ends at once.
    assert member.ask("DELETE", f"/people/{account(world, 'new@one.example')}", {})[0] == 204
    assert nobody.ask("GET", "/home")[0] == 401
    assert nobody.login("new@one.example", "a long password")[0] == 401


def test_a_reseller_sees_its_companies(world, operator):
    number = otasuke("reseller", "add", "--name", "販売店一", data=world.centre.data)
    assert operator.ask("PUT", "/companies/1", {"reseller": int(number)})[0] == 204
    person = staffed(world, "reseller", "r@reseller.example", "--reseller", number)
    companies = person.ask("GET", "/companies")[1]["items"]
    assert [c["id"] for c in companies] == [1]
    assert {i["company"]["id"] for i in person.ask("GET", "/incidents?state=all")[1]["items"]} == {1}
    assert person.ask("GET", "/companies/2")[0] == 404
    assert person.ask("GET", "/incidents?company=2")[0] == 404
    incident = person.ask("GET", "/incidents")[1]["items"][0]["id"]
    assert person.ask("GET", f"/incidents/{incident}/events")[0] == 403
    status, made = operator.ask("POST", "/companies/1/sites", {"name": "倉庫"})
    assert status == 200
    detail = operator.ask("GET", "/companies/1")[1]
    assert detail["reseller"]["name"] == "販売店一" and "倉庫" in [s["name"] for s in detail["sites"]]
    assert operator.ask("POST", "/companies", {"name": "新会社", "mail": "k@k.example",
                                               "reseller": int(number)})[0] == 200
    assert operator.ask("POST", "/companies", {"name": "x", "mail": "no address"})[0] == 400
    assert operator.ask("POST", "/companies", {"name": "x", "reseller": 4711})[0] == 404


def evidence(person, incident):
    page = person.ask("GET", f"/incidents/{incident}/events")[1]
    return page["evidence"], any("eve" in e for e in page["items"])


def test_consent_and_the_glass(world, operator, member):
    incident = world.centre.one("SELECT min(id) FROM incident WHERE company_id = 1 AND events > 0")
    assert evidence(operator, incident) == ("shown", True)
    assert evidence(member, incident) == ("not_yours", False)
    status, state = member.ask("PUT", "/consent", {"scope": "evidence", "given": 0})
    assert status == 200 and not state["items"][0]["given"]
    assert evidence(operator, incident) == ("no_consent", False)
    assert operator.ask("GET", f"/incidents/{incident}")[0] == 200  # what happened still shows
    assert operator.ask("POST", "/companies/1/glass", {"reason": "short"})[0] == 400
    assert operator.ask("POST", "/companies/3/glass", {"reason": "the whole net burns"})[0] == 404
    assert operator.ask("POST", "/companies/1/glass", {"reason": "the whole net burns"})[0] == 200
    assert evidence(operator, incident) == ("shown", True)
    seen = member.ask("GET", "/consent")[1]["glass"]
    assert seen[0]["reason"] == "the whole net burns" and seen[0]["who"] == "operator"
    told = world.centre.one("SELECT body FROM notice WHERE step = 'glass' AND company_id = 1")
    assert "the whole net burns" in told
    actions = [line["action"] for line in member.ask("GET", "/audit?limit=50")[1]["items"]]
    assert {"evidence.see", "consent.take", "glass.break"} <= set(actions)
    assert member.ask("PUT", "/consent", {"scope": "evidence", "given": 1, "days": 30})[0] == 200
    # Ends by itself.
    world.centre.sql("UPDATE consent SET expires_us = 1 WHERE given = 1")
    world.centre.sql("UPDATE broken_glass SET expires_us = 1")
    assert evidence(operator, incident) == ("no_consent", False)
    assert member.ask("PUT", "/consent", {"scope": "evidence", "given": 1})[0] == 200


def test_recovery_takes_two(world, operator, nobody):
    desk = staffed(world, "desk", "desk@one.example")
    lost = staffed(world, "staff", "lost@one.example", "--company", 1)
    status, made = operator.ask("POST", "/recoveries", {
        "mail": "lost@one.example", "reason": "電話もパソコンもなくした"})
    assert status == 200
    path = f"/recoveries/{made['id']}"
    called = {"called": "会社の代表番号にかけ直し、社長に確認"}
    assert operator.ask("POST", path + "/confirm", called)[0] == 409  # not both halves
    assert lost.ask("GET", "/home")[0] == 200
    assert desk.ask("POST", path + "/confirm", called)[0] == 204
    assert lost.ask("GET", "/home")[0] == 401  # every old way ended
    assert nobody.login("lost@one.example")[0] == 401
    token = token_of(world, "lost@one.example", "once")
    status, answer = nobody.ask("POST", "/once", {"token": token})
    assert status == 200 and not answer["me"]["password"]
    assert desk.ask("POST", path + "/confirm", called)[0] == 409
    # Not for oneself, not for another chamber's.
    assert desk.ask("POST", "/recoveries", {"mail": "desk@one.example", "reason": "myself"})[0] == 409
    assert desk.ask("POST", "/recoveries", {
        "mail": "other@three.example", "reason": "stranger"})[0] == 404
    shown = desk.ask("GET", "/recoveries")[1]["items"][0]
    assert (shown["state"], shown["opened_by"], shown["confirmed_by"]) == (
        "confirmed", "operator", "desk")


def test_confidential(world, operator, member):
    office = staffed(world, "office", "office@one.example")
    desk = Person(world.centre)
    assert desk.login("desk@one.example")[0] == 200
    incident = world.centre.one("SELECT min(id) FROM incident WHERE company_id = 2")
    path = f"/incidents/{incident}"
    assert office.ask("GET", path)[0] == desk.ask("GET", path)[0] == 200
    urgent = [c["open_urgent"] + c["open_caution"] for c in office.ask("GET", "/companies")[1]["items"]
              if c["id"] == 2]
    assert operator.ask("PUT", path + "/confidential", {"confidential": 1})[0] == 204
    assert operator.ask("GET", path)[0] == 200
    assert office.ask("GET", path)[0] == desk.ask("GET", path)[0] == 404
    assert incident not in [i["id"] for i in office.ask("GET", "/incidents?state=all")[1]["items"]]
    fewer = [c["open_urgent"] + c["open_caution"] for c in office.ask("GET", "/companies")[1]["items"]
             if c["id"] == 2]
    assert fewer[0] == urgent[0] - 1
    assert operator.ask("PUT", path + "/confidential", {
        "confidential": 1, "account": account(world, "desk@one.example")})[0] == 204
    assert desk.ask("GET", path)[0] == 200
    assert operator.ask("PUT", path + "/confidential", {
        "confidential": 1, "account": account(world, "office@one.example")})[0] == 404
    assert operator.ask("PUT", path + "/confidential", {"confidential": 0})[0] == 204
    assert office.ask("GET", path)[0] == 200


def test_sessions_are_listed_and_ended(world, member):
    other = Person(world.centre)
    assert other.login("member@one.example")[0] == 200
    items = member.ask("GET", "/me/sessions")[1]["items"]
    assert len(items) >= 2 and [s["way"] for s in items if s["own"]] == ["password"]
    # The other one, which was seen last.
    (number,) = [s["id"] for s in other.ask("GET", "/me/sessions")[1]["items"] if s["own"]]
    assert member.ask("DELETE", f"/me/sessions/{number}", {})[0] == 204
    assert other.ask("GET", "/me")[0] == 401
    assert member.ask("DELETE", f"/me/sessions/{number}", {})[0] == 404


def test_a_role_that_needs_a_second_factor(world, operator):
    assert operator.ask("PUT", "/policy", {"second_factor": "desk nonsense"})[1] == {
        "second_factor": ["desk"], "consent": True}
    desk = Person(world.centre)
    status, answer = desk.login("desk@one.example")
    assert status == 200 and answer["me"]["factor_needed"]
    assert desk.ask("GET", "/incidents")[0] == 403
    assert desk.ask("POST", "/me/totp", {})[0] == 200
    assert operator.ask("PUT", "/policy", {"second_factor": ""})[1]["second_factor"] == []
    assert desk.ask("GET", "/incidents")[0] == 200


def test_wrong_tries_outlive_the_process(world):
    staffed(world, "staff", "tired@one.example", "--company", 1)
    person = Person(world.centre, home="127.0.0.77")
    for _ in range(10):
        assert person.login("tired@one.example", "wrong password")[0] == 401
    assert person.login("tired@one.example")[0] == 429
    assert world.centre.stop() == 0
    world.centre.start()
    assert person.login("tired@one.example")[0] == 429


def test_the_audit_log(world, operator):
    data = world.centre.data
    auditor = staffed(world, "auditor", "auditor@one.example")
    lines = auditor.ask("GET", "/audit?limit=200")[1]["items"]
    assert any(line["action"] == "login" for line in lines)
    assert "STRANGER" not in str(lines)
    assert all(line["company"]["id"] == 1
               for line in auditor.ask("GET", "/audit?company=1")[1]["items"])
    assert auditor.ask("GET", "/audit?company=3")[0] == 404
    assert operator.ask("GET", "/audit")[0] == 403
    says = otasuke("audit", "verify", data=data)
    anchor = re.search(r"anchor (\d+:[0-9a-f]{64})", says)[1]
    assert "holds" in otasuke("audit", "verify", "--anchor", anchor, data=data)
    assert "login" in otasuke("audit", "list", "--action", "login", data=data)
    wrong = anchor.split(":")[0] + ":" + "0" * 64
    assert otasuke("audit", "verify", "--anchor", wrong, data=data, ok=False).returncode == 1
    assert "audit anchor" in world.centre.log.read_text()
