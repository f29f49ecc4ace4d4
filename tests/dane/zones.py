"""
zones - a root zone, "test.", and zones below that, signed by ldns

signed.test is as it should be, but for names that begin with "bogus": one
record of theirs is altered after it was signed.  The signatures of stale.test are
out of date; plain.test has none.
"""
import re
import subprocess
import time

LEAVES = ["signed.test.", "stale.test.", "plain.test."]
# Children first: their keys are named in their parents.
ZONES = [*LEAVES, "test.", "."]

DAY = 24 * 60 * 60


def absolute(name):
    return name if name.endswith(".") else f"{name}."


def zone_of(name):
    """The zone that a name belongs to."""
    return next(z for z in LEAVES if f".{absolute(name)}".endswith(f".{z}"))


def generate(zone, directory):
    """A key; returns the path of its files, without their endings."""
    done = subprocess.run(
        ["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone], cwd=directory,
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    return directory / done.stdout.strip()


def sign(path, zone, key):
    """Signs a zone's file in place."""
    dates = []
    if zone == "stale.test.":
        now = int(time.time())
        dates = ["-i", str(now - 60 * DAY), "-e", str(now - 30 * DAY)]
    signed = path.with_name(path.name + ".signed")
    subprocess.run(
        ["ldns-signzone", "-o", zone, "-f", signed, *dates, path, key],
        check=True, stdin=subprocess.DEVNULL)
    signed.rename(path)


# What is altered, of names that begin so.
ALTERATIONS = {
    "bogus-mx": ("MX", r"\b10 ", lambda _: "11 "),
    "bogus-address": ("A", r"127\.0\.0\.2$", lambda _: "127.0.0.3"),
    # The last digit of the data.
    "bogus-tlsa": ("TLSA", r"[0-9a-f]$", lambda m: "1" if m[0] == "0" else "0"),
}


def altered(line):
    """A line of a signed zone; with other data if its owner is bogus."""
    record = re.match(r"(?:_\d+\._tcp\.)?(bogus-[a-z]+)\S*\t\d+\tIN\t(\w+)\t", line)
    if not record:
        return line
    rtype, old, new = ALTERATIONS[record[1]]
    return re.sub(old, new, line) if record[2] == rtype else line


def write(path, zone, lines):
    """The file of a zone, which is not signed yet."""
    path.write_text("\n".join([
        f"$ORIGIN {zone}", "$TTL 300",
        "@ SOA ns.test. hostmaster.test. 1 3600 600 86400 60",
        "@ NS ns.test.", *lines, ""]))


def build(records, directory):
    """
    Files of all zones, from (name, type, data) of those below "test.".

    Returns the paths by zone, and the path of the root's DS record.
    """
    lines = {zone: [] for zone in ZONES}
    lines["."].append("ns.test. A 127.0.0.1")
    for name, rtype, data in records:
        lines[zone_of(name)].append(f"{absolute(name)} {rtype} {data}")
    paths = {}
    for zone in ZONES:
        parent = lines["." if zone == "test." else "test."]
        path = paths[zone] = directory / f"zone{len(paths)}"
        write(path, zone, lines[zone])
        parent.append(f"{zone} NS ns.test.")
        if zone == "plain.test.":
            continue
        key = generate(zone, directory)
        sign(path, zone, key)
        path.write_text("\n".join(map(altered, path.read_text().split("\n"))))
        anchor = key.with_name(key.name + ".ds")
        parent.append(anchor.read_text())
    return paths, anchor
