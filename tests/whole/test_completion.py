"""
Completion for bash: what it offers where, from which files, and that it shows
no password.
"""
import shutil
import subprocess

import pytest
from qremote import BUILD, PATIENCE

SCRIPT = BUILD / "qmail-remote-explain.bash"

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")

OPTIONS = ["--classic", "--json", "--probe", "--settings"]

# As bash does it: words parted at what COMP_WORDBREAKS has, and the function
# that "complete" named called for the last of them.
ASK = r"""
. "$1"
COMP_LINE=$2 COMP_POINT=${#2}
[ "$3" = @ ] || COMP_WORDBREAKS=${COMP_WORDBREAKS//@}
set -- $(complete -p qmail-remote-explain)
while [ "$1" != -F ]; do shift; done
"$2"
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def offered(site):
    """What is offered for a line, with the cursor at its end."""
    site.put("smtproutes", "# no.example\nexample.org:relay user hush\n"
                           ".example.net:\nbob@example.com:x\n:relay user hush\n!@:x")
    site.put("qmtproutes", "q.example:relay\n$(hush):x\n`hush`:x\n* hush")
    site.put("tlspolicy", "t.example:verify")
    site.put("domainbindings", "alice@sender.example:192.0.2.1\nsender.example:x")

    def ask(words, breaks="@", env=None):
        done = subprocess.run(
            ["bash", "--norc", "-c", ASK, "bash", SCRIPT,
             f"qmail-remote-explain {words}", breaks],
            env={"PATH": "/usr/bin:/bin", "CONTROLDIR": str(site.control),
                 **(env or {})},
            capture_output=True, text=True, timeout=PATIENCE)
        assert (done.returncode, done.stderr) == (0, "")
        assert "hush" not in done.stdout
        return sorted(done.stdout.split())
    return ask


RECIPIENTS = ["example.com", "example.net", "example.org", "q.example", "t.example"]


@pytest.mark.parametrize("words, want", [
    ("-", OPTIONS), ("--", OPTIONS), ("--j", ["--json"]), ("--x", []),
    ("--json --s", ["--settings"]),
    ("alice@", ["client.example", "sender.example"]),
    ("--json alice@s", ["sender.example"]),
    ("a@b ", []), ("a@b c@", RECIPIENTS), ("a@b c@exa", RECIPIENTS[:3]),
    ("a@b c@example.o", ["example.org"]), ("a@b c@x", []),
    ("'' c@q", ["q.example"]), ("--probe a@b c@q", ["q.example"]),
    ("a@b c@d e@", []), ("--settings a@", []), ("", []), ("alice", []),
    ("@", []), ("a@b $(hush)@q", ["q.example"]),
])
def test_what_is_offered(offered, words, want):
    assert offered(words) == want


def test_whole_words_where_they_are_not_parted(offered):
    assert offered("a@b c@q", breaks="") == ["c@q.example"]
    assert offered("a@b c@x", breaks="") == []


def test_directories(offered, site, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "smtproutes").write_text("other.example:x\n")
    assert offered("a@b c@", env={"CONTROLDIR": str(other)}) == ["other.example"]
    # Nothing there, and nothing that can be read.
    assert offered("a@b c@", env={"CONTROLDIR": str(tmp_path / "none")}) == []
    (other / "smtproutes").unlink()
    (other / "smtproutes").mkdir()
    assert offered("a@b c@", env={"CONTROLDIR": str(other)}) == []


def test_every_option_is_offered(offered):
    """Those that the program names in its usage."""
    usage = subprocess.run([BUILD / "qmail-remote-explain"], capture_output=True,
                           text=True, timeout=PATIENCE).stderr
    assert {word.strip("[]") for word in usage.split()
            if "--" in word} == set(offered("--"))
