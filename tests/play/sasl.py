"""
sasl - the server's side of every way to log in

A mechanism is a generator: it yields challenges, is sent the responses, and
returns whether the client has proved that it knows the secret.  Where the
client speaks first, the first challenge is empty.  The keywords of a
mechanism are for servers that lie.
"""
import base64
import binascii
import hashlib
import hmac
import json
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """Who may log in, and what of the session counts."""

    user: str = "alice@relay.example"
    # A password, or a token.
    secret: str = "open-Sesame-8417"
    realms: tuple = ("relay.example",)
    # The realm that DIGEST-MD5 must be in, if there are several.
    realm: str = "relay.example"
    # The address and port that OAUTHBEARER must name; None: any.
    host: str | None = None
    port: int | None = None
    # What names the TLS session, by the kind of its name.
    bindings: tuple = ()
    # Whether the server also offers mechanisms that are bound to TLS.
    offers_binding: bool = False
    # Whether the client has shown a certificate that is good.
    certified: bool = False


class Nonsense(ValueError):
    """The client did not keep to the protocol."""


def proof(algorithm, key, data):
    """A hash with a key."""
    return hmac.new(key, data, algorithm).digest()


# Short names with challenges of the form <number@host>.             [2195:2]
CRAMS = {
    "CRAM-MD5": "md5", "CRAM-SHA1": "sha1", "CRAM-SHA224": "sha224",
    "CRAM-SHA256": "sha256", "CRAM-SHA384": "sha384", "CRAM-SHA512": "sha512",
    "CRAM-RIPEMD": "ripemd160",
}
CRAM_CHALLENGE = b"<17893.1320679123@relay.example>"


def cram(algorithm, account, challenge=CRAM_CHALLENGE):
    """A hash of a challenge, with the password as its key.          [2195]"""
    response = yield challenge
    user, _, digest = response.rpartition(b" ")
    wanted = proof(algorithm, account.secret.encode(), challenge).hex().encode()
    return (user, digest) == (account.user.encode(), wanted)


def plain(account):
    """[4616:2]"""
    response = yield b""
    return response.split(b"\0") == [
        b"", account.user.encode(), account.secret.encode()]


def login(account, prompts=(b"Username:", b"Password:")):
    """Two prompts, two answers."""
    heard = []
    for prompt in prompts:
        heard.append((yield prompt))
    return heard == [account.user.encode(), account.secret.encode()]


def xoauth2(account):
    """One message with the token; a failure wants an empty answer."""
    response = yield b""
    wanted = f"user={account.user}\1auth=Bearer {account.secret}\1\1"
    if response == wanted.encode():
        return True
    answer = yield json.dumps({"status": "401", "schemes": "bearer"}).encode()
    if answer not in (b"", b"\1"):
        raise Nonsense(answer)
    return False


def oauthbearer(account):
    """The same in a GS2 frame; a failure wants a single 0x01.        [7628:3]"""
    header, _, rest = (yield b"").partition(b"\1")
    fields = dict(field.split(b"=", 1) for field in rest.split(b"\1") if field)
    name = account.user.replace("=", "=3D").replace(",", "=2C")
    wanted = {b"host": account.host, b"port": account.port}
    for key, value in wanted.items():
        if value is not None and fields.get(key) != str(value).encode():
            raise Nonsense(fields)
    if not rest.endswith(b"\1\1") or fields.keys() - {b"host", b"port", b"auth"}:
        raise Nonsense(rest)
    if (header, fields[b"auth"]) == (
            f"n,a={name},".encode(), f"Bearer {account.secret}".encode()):
        return True
    answer = yield json.dumps({"status": "invalid_token"}).encode()
    if answer != b"\1":
        raise Nonsense(answer)
    return False


def external(account):
    """Who the client is stands in its certificate.                  [4422:A]"""
    response = yield b""
    return account.certified and response in (b"", account.user.encode())


def directives(text):
    """The names and values of a DIGEST-MD5 message, quotes removed."""
    found = {}
    for name, quoted, bare in re.findall(
            r'([a-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^",\s]+)),?', text):
        if name in found:
            raise Nonsense(text)
        found[name] = re.sub(r"\\(.)", r"\1", quoted) or bare
    return found


def narrow(text):
    """The bytes that DIGEST-MD5 makes a hash of: Latin-1 if that is possible."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def digest_md5(account, nonce="OA6MG9tEQGm2hh", confirm=None):
    """[2831:2.1]  confirm: what the server says at the end instead of its proof."""
    realms = "".join(f'realm="{realm}",' for realm in account.realms)
    challenge = f'{realms}nonce="{nonce}",qop="auth",algorithm=md5-sess,charset=utf-8'
    said = directives((yield challenge.encode()).decode())
    if (said.get("nonce"), said.get("qop", "auth"), said.get("nc")) != (
            nonce, "auth", "00000001"):
        raise Nonsense(said)
    if not said["digest-uri"].startswith("smtp/"):
        raise Nonsense(said)

    def md5(*parts):
        return hashlib.md5(b":".join(
            p.encode() if isinstance(p, str) else p for p in parts))

    session = md5(md5(*map(narrow, (account.user, account.realm, account.secret))).digest(),
                  nonce, said["cnonce"])

    def response(method):
        return md5(session.hexdigest(), nonce, said["nc"], said["cnonce"], "auth",
                   md5(method, said["digest-uri"]).hexdigest()).hexdigest()

    if (said["username"], said.get("realm", "")) != (account.user, account.realm):
        return False
    if said["response"] != response("AUTHENTICATE"):
        return False
    end = f"rspauth={response('')}" if confirm is None else confirm
    answer = yield end.encode()
    if answer != b"":
        raise Nonsense(answer)
    return True


SALT = b"a salt of 17 byte"
ITERATIONS = 4096
SCRAMS = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}


def salted(algorithm, secret, salt=SALT, iterations=ITERATIONS):
    """What SCRAM makes of a password.                               [5802:3]"""
    return hashlib.pbkdf2_hmac(algorithm, secret.encode(), salt, iterations)


def attributes(text):
    """The letters and values of a SCRAM message, in order."""
    pairs = [part.split("=", 1) for part in text.split(",")]
    if any(len(pair) != 2 or len(pair[0]) != 1 for pair in pairs):
        raise Nonsense(text)
    return pairs


def _binding(header, account, plus):
    """The channel binding that the client's GS2 header says it is bound to."""
    flag, authorization, _ = header.split(",")
    if authorization:
        raise Nonsense(header)
    if plus:
        kind, known = flag.removeprefix("p="), dict(account.bindings)
        if not flag.startswith("p=") or kind not in known:
            raise Nonsense(header)
        return known[kind]
    # "y": it thinks that we offer none.  If we do, somebody is between us.
    if flag == "n" or (flag == "y" and not account.offers_binding):
        return b""
    raise Nonsense(header)


def scram(algorithm, plus, account, nonce=None, iterations=str(ITERATIONS),
          salt=None, first=None, final=None):
    """
    [5802:5]  For liars: nonce makes one of the client's; iterations and salt
    are said as they are; first and final stand for whole messages.
    """
    client_first = (yield b"").decode()
    header, bare = re.fullmatch(r"([^,]*,[^,]*,)(.*)", client_first).groups()
    bound = _binding(header, account, plus)
    (n, user), (r, client_nonce), *more = attributes(bare)
    name = account.user.replace("=", "=3D").replace(",", "=2C")
    if (n, r) != ("n", "r") or more or len(client_nonce) < 16:
        raise Nonsense(bare)
    whole = nonce(client_nonce) if nonce else client_nonce + "Kq7server"
    shown = base64.b64encode(SALT).decode() if salt is None else salt
    server_first = first or f"r={whole},s={shown},i={iterations}"
    said = (yield server_first.encode()).decode()
    without_proof, _, client_proof = said.rpartition(",p=")
    (c, echoed), (r, full) = attributes(without_proof)
    if (c, r, full) != ("c", "r", whole):
        raise Nonsense(said)
    wanted = base64.b64encode(header.encode() + bound).decode()
    key = salted(algorithm, account.secret)
    client_key = proof(algorithm, key, b"Client Key")
    signed = f"{bare},{server_first},{without_proof}".encode()
    signature = proof(algorithm, hashlib.new(algorithm, client_key).digest(), signed)
    right = bytes(a ^ b for a, b in zip(client_key, signature))
    ok = (user == name and echoed == wanted
          and base64.b64decode(client_proof) == right)
    if not ok and final is None:
        return False
    verifier = proof(algorithm, proof(algorithm, key, b"Server Key"), signed)
    end = f"v={base64.b64encode(verifier).decode()}" if final is None else final
    if (yield end.encode()) != b"":
        raise Nonsense(said)
    return ok


def exchange(name, account, **lies):
    """The server's side of the mechanism of that name."""
    name = name.upper()
    if name in CRAMS:
        return cram(CRAMS[name], account, **lies)
    if name.removesuffix("-PLUS") in SCRAMS:
        return scram(SCRAMS[name.removesuffix("-PLUS")], name.endswith("-PLUS"),
                     account, **lies)
    return {
        "PLAIN": plain, "LOGIN": login, "DIGEST-MD5": digest_md5, "EXTERNAL": external,
        "XOAUTH2": xoauth2, "OAUTHBEARER": oauthbearer,
    }[name](account, **lies)


def decoded(text):
    """What base64 says; Nonsense if it is none.                     [4954:4]"""
    if text == b"=":
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as e:
        raise Nonsense(text) from e
