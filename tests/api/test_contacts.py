# SPDX-License-Identifier: GPL-3.0-or-later
"""The list whom to tell: who may change it, what is refused, the test and its number."""
import hashlib

import pytest


def listed(person, company=None):
    status, answer = person.ask("GET", "/contacts" + (f"?company={company}" if company else ""))
    assert status == 200
    return answer


def test_a_member_adds_tests_and_removes(world, member):
    assert [c["address"] for c in listed(member)["items"]] == ["president@sample.example"]
    ready = {c["name"]: c["ready"] for c in listed(member)["channels"]}
    assert ready["webhook"] and not ready["sms"] and not ready["line"]
    status, made = member.ask("POST", "/contacts", {
        "channel": "mail", "address": "keiri@sample.example", "name": "経理 山田", "lang": "easy",
        "severity": "urgent", "reserve": 1, "from_min": 480, "to_min": 1200})
    assert status == 200 and "secret" not in made
    assert made["verified_us"] is None and made["company"]["id"] == 1
    assert member.ask("POST", "/contacts", {"channel": "mail", "address": "keiri@sample.example"}
                      )[0] == 409
    id = made["id"]
    status, tested = member.ask("POST", f"/contacts/{id}/test", {})
    assert status == 200 and tested["test"] == "waiting"  # no mail server here
    assert member.ask("POST", f"/contacts/{id}/test", {})[0] == 429
    assert member.answer.getheader("Retry-After")
    body = world.centre.one("SELECT body FROM notice WHERE contact_id = ?", id)
    assert "これはテストです" in body
    code = body.split("入れてください。")[1].strip()
    wrong = "0000" if code != "0000" else "1111"
    assert member.ask("POST", f"/contacts/{id}/confirm", {"code": wrong})[0] == 400
    status, made = member.ask("POST", f"/contacts/{id}/confirm", {"code": code})
    assert status == 200 and made["verified_us"]
    assert member.ask("POST", f"/contacts/{id}/confirm", {"code": code})[0] == 409  # used
    assert member.ask("PUT", f"/contacts/{id}", {"name": "総務", "severity": "caution"})[0] == 200
    changed = next(c for c in listed(member)["items"] if c["id"] == id)
    assert (changed["name"], changed["severity"], changed["reserve"]) == ("総務", "caution", True)
    assert member.ask("PUT", f"/contacts/{id}", {})[0] == 400
    assert member.ask("DELETE", f"/contacts/{id}", {})[0] == 204
    assert world.centre.sql("SELECT state, contact_id FROM notice WHERE recipient = "
                            "'keiri@sample.example'") == [("cancelled", None)]
    actions = {a for a, in world.centre.sql("SELECT action FROM audit")}
    assert {"contact.add", "contact.test", "contact.verified", "contact.change",
            "contact.remove"} <= actions


def test_a_number_is_not_guessed(world, member):
    id = listed(member)["items"][0]["id"]
    assert member.ask("POST", f"/contacts/{id}/test", {})[0] == 200
    hash = world.centre.one("SELECT code FROM contact WHERE id = ?", id)
    code = next("%04d" % n for n in range(10000)
                if hashlib.sha256(b"%04d" % n).hexdigest() == hash)
    wrong = [w for w in ("0001", "0002", "0003", "0004", "0005", "0006") if w != code][:5]
    assert [member.ask("POST", f"/contacts/{id}/confirm", {"code": w})[0] for w in wrong] == [400] * 5
    assert member.ask("POST", f"/contacts/{id}/confirm", {"code": code})[0] == 409
    assert world.centre.one("SELECT verified_us FROM contact WHERE id = ?", id) is None


def test_a_webhook_shows_its_secret_once(operator):
    status, made = operator.ask("POST", "/contacts", {
        "company": 2, "channel": "webhook", "address": "https://hook.example/x", "events": 1})
    assert status == 200 and len(made["secret"]) == 64 and made["events"]
    assert "secret" not in str(listed(operator, 2))
    status, again = operator.ask("POST", f"/contacts/{made['id']}/secret", {})
    assert status == 200 and again["secret"] != made["secret"]
    mail = next(c for c in listed(operator, 2)["items"] if c["channel"] == "mail")
    assert operator.ask("POST", f"/contacts/{mail['id']}/secret", {})[0] == 404
    assert operator.ask("DELETE", f"/contacts/{made['id']}", {})[0] == 204


@pytest.mark.parametrize("channel,address", [
    ("mail", "nobody"), ("mail", "a@b.example\r\nBcc: c@d.example"), ("mail", "a@b@c"),
    ("webhook", "ftp://x.example/"), ("webhook", "https://u:p@x.example/"), ("webhook", "x"),
    ("sms", "090-0000-0001"), ("line", "U" + "0" * 32), ("fax", "06-0000-0000")])
def test_what_is_no_address_or_not_set_up(member, channel, address):
    assert member.ask("POST", "/contacts", {"channel": channel, "address": address})[0] == 400


def test_whose_it_is(member, operator, stranger):
    other = {"channel": "mail", "address": "x@x.example"}
    assert member.ask("POST", "/contacts", {**other, "company": 2})[0] == 404
    assert operator.ask("POST", "/contacts", {**other, "company": 3})[0] == 404
    assert operator.ask("POST", "/contacts", other)[0] == 404  # of no company
    assert stranger.ask("POST", "/contacts", {**other, "company": 1})[0] == 404


def test_no_more_than_twenty(world, member):
    for n in range(30):
        status, _ = member.ask("POST", "/contacts",
                               {"channel": "mail", "address": f"n{n}@many.example"})
        if status != 200:
            break
    assert status == 409 and len(listed(member)["items"]) == 20
    for c in listed(member)["items"]:
        if c["address"].endswith("@many.example"):
            assert member.ask("DELETE", f"/contacts/{c['id']}", {})[0] == 204


def test_the_page_of_a_notice(world, member, stranger):
    notice = world.centre.one("SELECT min(id) FROM notice WHERE company_id = 1 AND step = 'first'")
    world.centre.sql("UPDATE notice SET subject = '【緊急】OWN-pc', body = '線を抜いてください。' "
                     "WHERE id = ?", notice)
    headers = {"Cookie": f"otasuke_session={member.cookie}"}
    answer, pdf = member.raw("GET", f"/api/v1/notices/{notice}/page", None, headers)
    assert answer.status == 200 and answer.getheader("Content-Type") == "application/pdf"
    assert pdf.startswith(b"%PDF-") and len(pdf) <= 100 * 1024
    assert stranger.ask("GET", f"/notices/{notice}/page")[0] == 404
