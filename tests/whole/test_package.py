"""
What is installed: by meson, and by the Debian package, which must build for
anybody, conflict with no other qmail, work where it is put, and leave nothing
behind.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
from qremote import BUILD, ROOT

NOBODY = 65534
HOME = "/usr/lib/qremote"

IS_ROOT = os.getuid() == 0

# What other qmails have, or had.
OTHERS = ["/var/qmail/bin/qmail-remote", "/usr/sbin/qmail-remote",
          "/usr/sbin/spawn-filter", "/usr/bin/ctrlenv",
          "/usr/share/man/man8/qmail-remote.8.gz"]

# In a root of its own, where nothing lasts.  "$@": the package, the source.
IN_ROOT = r"""
set -e
mount -t proc proc /proc
mount -t tmpfs tmpfs /tmp
mkdir -p /var/qmail/bin /usr/share/man/man8
for other in $OTHERS; do
	echo "another one's" >$other
done
dpkg --install "$1"
dpkg --verify qremote
for other in $OTHERS; do
	[ "$(cat $other)" = "another one's" ]
done
dpkg --listfiles qremote | while read -r path; do
	[ -e "$path" ] && echo "INSTALLED $path"
done

QREMOTE_BUILD=/usr/lib/qremote/bin "$2/tools/deliver" >/tmp/delivered
grep -q '^  K  delivered' /tmp/delivered
echo DELIVERED

mkdir /tmp/control
echo client.example >/tmp/control/me
echo ':[127.0.0.1]:1' >/tmp/control/smtproutes
printf 'Subject: x\n\ny\n' |
	CONTROLDIR=/tmp/control FILTERARGS=cat /usr/lib/qremote/bin/spawn-filter \
	server.example a@client.example '' 0 b@server.example | tr '\0' '\n' |
	sed 's/^/FILTERED /'

# What it loads when it needs it.
mkdir /tmp/looking-up
echo client.example >/tmp/looking-up/me
echo 127.0.0.1@1 >/tmp/looking-up/dnsservers
CONTROLDIR=/tmp/looking-up SMTPUTF8= qmail-remote-explain a@client.example \
	"b@$(printf 'b\303\274cher').example" | sed 's/^/EXPLAINED /'
CONTROLDIR=/tmp/control qmail-remote-lint && echo LINTED

dpkg --purge qremote
for other in $OTHERS; do
	[ "$(cat $other)" = "another one's" ]
done
echo REMOVED
"""


def copy_of_the_source(folder):
    """The source without what was made of it; whose owner may be anybody."""
    shutil.copytree(ROOT, folder, symlinks=True, ignore=lambda where, names: [
        name for name in names
        if name in (".git", "__pycache__", ".pytest_cache") or
        (name.startswith("build") and pathlib.Path(where) == ROOT)])


@pytest.fixture(scope="module")
def package():
    """The folder that tools/deb fills; built by a user who is not root."""
    if shutil.which("dpkg-buildpackage") is None or shutil.which("lintian") is None:
        pytest.skip("needs dpkg-buildpackage, debhelper and lintian")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        copy_of_the_source(folder / "source")
        user = {}
        if IS_ROOT:
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", folder], check=True)
            user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        done = subprocess.run(
            [folder / "source/tools/deb", folder / "made"], capture_output=True,
            text=True, timeout=900,
            env={"PATH": os.environ["PATH"], "HOME": name, "TMPDIR": name}, **user)
        if done.returncode == 77:
            pytest.skip(done.stderr)
        # No warning of the compiler, none of lintian.
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        yield folder


@pytest.fixture(scope="module")
def deb(package):
    deb, = (package / "made").glob("qremote_*.deb")
    return deb


def files_of(deb):
    """The paths of all that the package has and that is no directory."""
    listing = subprocess.run(["dpkg", "--contents", deb], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    return [line.split()[5][1:] for line in listing.splitlines() if line[0] != "d"]


def test_it_owns_what_no_other_qmail_has(deb):
    ours = re.compile(
        rf"{HOME}/(bin|modules)/[\w.-]+|/usr/sbin/qmail-remote-(explain|lint)|"
        r"/usr/share/doc/qremote/.*|/usr/share/man/man\d/[\w-]+\.\dqremote\.gz|"
        r"/usr/share/bash-completion/completions/qmail-remote-explain")
    paths = files_of(deb)
    assert [path for path in paths if not ours.fullmatch(path)] == []
    assert not set(paths) & set(OTHERS)


def test_every_program_has_its_manual(deb):
    paths = files_of(deb)
    pages = {pathlib.Path(path).name.split(".")[0] for path in paths
             if "/man/" in path}
    programs = {pathlib.Path(path).name.removesuffix("-classic") for path in paths
                if path.startswith(f"{HOME}/bin/")}
    assert {"qmail-remote", "spawn-filter", "tlsacheck"} <= programs
    assert programs - pages == set()


def test_nothing_runs_when_it_is_installed(deb):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "--control", deb, folder], check=True)
        assert {path.name for path in pathlib.Path(folder).iterdir()} <= {
            "control", "md5sums"}


def test_what_is_needed_to_build_is_said_twice_the_same():
    """By tools/setup and by debian/control."""
    def libraries(text):
        return set(re.findall(r"\blib[\w.-]+-dev\b", text)) - {"libc6-dev"}

    control = (ROOT / "debian/control").read_text()
    build_depends = control[control.index("Build-Depends"):control.index("Standards")]
    setup = (ROOT / "tools/setup").read_text()
    build, test = (re.search(rf"packages_{group}='([^']*)'", setup).group(1)
                   for group in ("build", "test"))
    assert libraries(build_depends) == libraries(build) | {"libcmocka-dev"}
    assert "libcmocka-dev" in test


def left_behind(upper):
    """
    What the layer above the root of the system has that was not there before,
    but for what we put there, the words of dpkg and those who listen to it.
    """
    ours = re.compile(
        r"/(source|try|qremote_[^/]*|var/lib/dpkg|var/log|var/cache|tmp|dev|proc|"
        r"var/qmail)(/.*)?")
    left = []
    for folder, folders, files in os.walk(upper):
        here = "/" + str(pathlib.Path(folder).relative_to(upper)).removeprefix(".")
        paths = [os.path.join(here, name) for name in files] + [
            os.path.join(here, name) for name in folders
            if not os.path.isdir(os.path.join(here, name))]
        left += [path for path in paths
                 if not ours.fullmatch(path) and path not in OTHERS]
    return left


@pytest.mark.skipif(not IS_ROOT, reason="needs root for a root of its own")
def test_installed_used_and_removed(deb):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for part in "upper", "work", "root":
            (folder / part).mkdir()
        mount = (f"mount -t overlay overlay -o lowerdir=/,upperdir={name}/upper,"
                 f"workdir={name}/work {name}/root")
        in_namespace = ["unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c"]
        if subprocess.run([*in_namespace, f"{mount} && ip link set lo up"],
                          stderr=subprocess.DEVNULL).returncode != 0:
            pytest.skip("no overlay, or no namespaces, to be had here")
        shutil.copy(deb, folder / "upper")
        copy_of_the_source(folder / "upper/source")
        (folder / "upper/try").write_text(IN_ROOT)
        done = subprocess.run(
            [*in_namespace,
             f"{mount} && ip link set lo up && mount --rbind /dev {name}/root/dev && "
             f"exec chroot {name}/root sh /try /{deb.name} /source"],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                 "OTHERS": " ".join(OTHERS), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=300)
        left = left_behind(folder / "upper")
    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout
    assert left == []
    assert {"DELIVERED", "LINTED", "REMOVED"} <= set(said)
    installed = {line.split()[1] for line in said if line.startswith("INSTALLED ")}
    assert installed >= set(files_of(deb))
    # The filter of spawn-filter, and then the qmail-remote beside it.
    filtered = [line for line in said if line.startswith("FILTERED ")]
    assert filtered[0].startswith("FILTERED ZSorry, I wasn't able to establish")
    assert any("xn--bcher-kva.example" in line for line in said
               if line.startswith("EXPLAINED ")), done.stdout


def test_make_install(tmp_path):
    """All that a prefix gets: programs, modules, manuals, and the rest."""
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet",
                    "--destdir", tmp_path], check=True, stdout=subprocess.DEVNULL)
    # Modules are where this build looks for them.
    modules = {path.name for path in (tmp_path / str(BUILD)[1:]).glob("*.so")}
    assert modules == {path.name for path in BUILD.glob("*.so")} != set()
    prefix = tmp_path / "usr/local"
    installed = {path.name for path in prefix.rglob("*") if path.is_file()}
    programs = {path.name for path in BUILD.iterdir()
                if path.is_file() and os.access(path, os.X_OK) and
                not re.search(r"_(test|replay|fuzz)$|\.so$|^bench-", path.name)}
    assert programs - installed == set()
    pages = {path.name for path in (ROOT / "man").iterdir()}
    assert pages - installed == set()
    assert {"qmail-daned.service", "qmail-daned.run", "README.md"} <= installed
    assert (prefix / "share/bash-completion/completions/qmail-remote-explain").exists()
