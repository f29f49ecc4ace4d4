"""
certificates - what servers and clients show of themselves, right and wrong

Made by openssl, once a process, with one key for all of them.
"""
import functools
import pathlib
import subprocess
import tempfile

NAME = "mx1.example.org"
OTHER_NAME = "mx2.example.net"


def _san(*names):
    return "subjectAltName=" + ",".join(f"DNS:{name}" for name in names)


# The common name, the extensions, who signs, and for how many days.
LEAVES = {
    "right": ("a server", [_san(NAME)], "ca", 30),
    "other-name": (NAME, [_san(OTHER_NAME)], "ca", 30),
    "expired": ("a server", [_san(NAME)], "ca", 0),
    "other-ca": ("a server", [_san(NAME)], "rogue", 30),
    "self-signed": ("a server", [_san(NAME)], None, 30),
    "wildcard": ("a server", [_san("*.example.org")], "ca", 30),
    "half-wildcard": ("a server", [_san("mx*.example.org")], "ca", 30),
    "wide-wildcard": ("a server", [_san("*.org")], "ca", 30),
    "inner-wildcard": ("a server", [_san("mx1.*.org")], "ca", 30),
    "common-name": (NAME, [], "ca", 30),
    "client": ("a client", [], "ca", 30),
}


@functools.cache
def _directory():
    """A directory that lasts as long as the process."""
    made = tempfile.TemporaryDirectory(prefix="certificates-")
    # Kept with the cache, and removed when the process ends.
    return made, pathlib.Path(made.name)


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], cwd=_directory()[1], check=True,
                   stdin=subprocess.DEVNULL, capture_output=True)


@functools.cache
def _key():
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-out", "key")
    return (_directory()[1] / "key").read_bytes()


@functools.cache
def authority(name):
    """The path of the certificate of a CA."""
    _key()
    _openssl("req", "-x509", "-key", "key", "-days", "30", "-subj",
             f"/CN=the authority {name}", "-out", f"{name}.pem")
    return _directory()[1] / f"{name}.pem"


@functools.cache
def leaf(name):
    """The path of a certificate and its key in one file."""
    subject, extensions, signer, days = LEAVES[name]
    path = _directory()[1] / f"{name}.pem"
    key = _key()
    added = [word for each in extensions for word in ("-addext", each)]
    _openssl("req", "-new", "-key", "key", "-subj", f"/CN={subject}", *added,
             "-out", f"{name}.csr")
    by = ("-signkey", "key")
    if signer:
        by = ("-CA", authority(signer), "-CAkey", "key", "-CAcreateserial")
    _openssl("x509", "-req", "-in", f"{name}.csr", *by, "-days", str(days),
             "-copy_extensions", "copy", "-out", path)
    path.write_bytes(path.read_bytes() + key)
    return path


def content(name):
    """What a play may write into a file: a CA's certificate, or a leaf."""
    path = leaf(name) if name in LEAVES else authority(name)
    return path.read_bytes()
