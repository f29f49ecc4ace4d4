"""
explained - the schema of what qmail-remote-explain --json prints

As qmail-remote-explain(8) has it: what is not there may not be printed.
"""
import re
import time


def check(value, /, **members):
    """An object with these members and no others; a list has the types."""
    assert value.keys() == members.keys()
    for name, types in members.items():
        assert type(value[name]) in types, name


def check_why(why):
    if why is not None:
        check(why, file=[str], line=[int, type(None)], rule=[str])
        assert why["file"] and why["line"] != 0


def check_trouble(trouble):
    if trouble is not None:
        check(trouble, letter=[str], code=[str], stage=[str], text=[str],
              reply=[str, type(None)])
        assert trouble["letter"] in "DZ"
        assert re.fullmatch(r"[45]\.\d+\.\d+", trouble["code"])
        assert trouble["stage"] and trouble["text"]


def check_tls(tls, probed):
    null = type(None)
    check(tls, level=[str], at_once=[bool], why=[dict, null], dane=[dict, null],
          version=[str, null], cipher=[str, null], verified=[str, null],
          **({"chain": [list], "trusted": [str, null], "by_pkix": [dict, null],
              "by_dane": [dict, null]} if probed else {}))
    assert tls["level"] in ("never", "may", "encrypt", "pkix", "dane")
    assert tls["verified"] in (None, "none", "pkix", "dane")
    check_why(tls["why"])
    if tls["dane"] is not None:
        check_dane(tls["dane"])
    if not probed:
        assert tls["version"] is tls["cipher"] is tls["verified"] is None
        return
    for certificate in tls["chain"]:
        check(certificate, subject=[str], issuer=[str], not_before=[str],
              not_after=[str], expired=[bool], days=[int], names=[list])
        for at in ("not_before", "not_after"):
            time.strptime(certificate[at], "%Y-%m-%dT%H:%M:%SZ")
        assert all(isinstance(name, str) for name in certificate["names"])
    for verdict in (tls["by_pkix"], tls["by_dane"]):
        if verdict is not None:
            check(verdict, holds=[bool], name=[str, null], authority=[str, null],
                  depth=[int, null], reason=[str, null])
            assert verdict["holds"] == (verdict["reason"] is None)


def check_dane(dane):
    check(dane, search=[str], base=[str, type(None)], records=[list])
    assert dane["search"] in (
        "excepted", "address", "not listed", "excused", "insecure", "none", "found",
        "failed", "bogus")
    assert ((dane["search"] == "found") == (dane["base"] is not None)
            == bool(dane["records"]))
    for record in dane["records"]:
        check(record, usage=[int], selector=[int], matching=[int], data=[str],
              usable=[bool], matched=[bool])
        assert re.fullmatch(r"([0-9a-f]{2})*", record["data"])


def check_server(server, probed):
    null = type(None)
    check(server, ip=[str], port=[int], protocol=[str], falls_back=[bool], name=[str], preference=[int, null],
          resting=[bool], failures=[int], failed_ago=[int, null], local=[dict],
          helo=[dict], tls=[dict], dnssec=[bool], trouble=[dict, null],
          **({"probe": [dict]} if probed else {}))
    check(server["local"], ip=[str, null], why=[dict, null])
    check(server["helo"], name=[str], why=[dict, null])
    check_tls(server["tls"], probed)
    check_why(server["local"]["why"])
    check_why(server["helo"]["why"])
    check_trouble(server["trouble"])
    assert (server["failures"] == 0) == (server["failed_ago"] is None)
    if probed:
        probe = server["probe"]
        check(probe, connected=[bool], ms=[int, null], hello=[list, null])
        # By QMTP a server says nothing of itself.
        answered = (probe["connected"] if server["protocol"] == "QMTP"
                    else probe["hello"] is not None)
        assert (probe["ms"] is not None) == answered
        assert all(isinstance(line, str) for line in probe["hello"] or [])


def check_explanation(found, probed):
    null = type(None)
    check(found, sender=[str], recipient=[str], host=[str], lookup=[str],
          smtputf8=[bool], signed_by=[dict, null], route=[dict, null],
          login=[dict, null], variables=[list], hooks=[dict], penalty=[int],
          max_tolerance=[int], servers=[list], complete=[bool], trouble=[dict, null])
    check_why(found["signed_by"])
    if found["route"] is not None:
        check(found["route"], relay=[str], port=[int], protocol=[str], why=[dict, null])
        assert found["route"]["protocol"] in ("SMTP", "QMTP")
        check_why(found["route"]["why"])
    if found["login"] is not None:
        check(found["login"], user=[str], why=[dict, null])
        check_why(found["login"]["why"])
    assert all(isinstance(name, str) for name in found["variables"])
    assert found["hooks"].keys() <= {"success", "temporary", "failure"}
    assert all(isinstance(path, str) for path in found["hooks"].values())
    for server in found["servers"]:
        check_server(server, probed)
    check_trouble(found["trouble"])
