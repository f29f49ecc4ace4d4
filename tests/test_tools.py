"""The checks in tools/ see the faults that they are there for, and what
./run and ./test are made of does what it says."""

import os
import pathlib
import shutil
import socket
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"

SOUND_HEADER = """\
/*
 * thing - a thing for tests
 */
#ifndef MAIL_THING_H
#define MAIL_THING_H

#include "base/span.h"

/* Whether it is one. */
bool thing(struct span);

#endif
"""

SOUND_SOURCE = """\
/*
 * thing - a thing for tests
 */
#include "mail/thing.h"

/*
 * thing - whether it is one                                  [5321:4.2]
 */
bool
thing(struct span s)
{
	/* printf() and malloc() are only words here. */
	return s.n > 0 && s.p[0] == '"';
}
"""

RFC_TABLE = "# RFC\n5321\tPartial\tSimple Mail Transfer Protocol\n"

SETTINGS = """\
static const struct setting_row table[] = {
[SET_ME]      = { "me", NULL, NULL, "line", NULL,
	"the name" },
[SET_PATIENCE] = { "patience", "PATIENCE", "PATIENCEFILE", "number", "60",
	"seconds" },
};
"""

MANUAL = """\
.Dd November 25, 2026
.Dt THING 8
.Os
.Sh NAME
.Nm thing
.Nd a thing for tests
.Sh DESCRIPTION
.Bl -tag -width Ds
.It Pa me
The name.
.It Pa patience
Seconds.
.Pp
Default: 60.
.It Ev PATIENCE
Seconds.
.It Ev PATIENCEFILE
A file.
.El
"""


@pytest.fixture
def tree(tmp_path):
    """A source tree without fault: src/mail/thing.[ch]."""
    folder = tmp_path / "src/mail"
    folder.mkdir(parents=True)
    (folder / "thing.h").write_text(SOUND_HEADER)
    (folder / "thing.c").write_text(SOUND_SOURCE)
    return tmp_path


def run(tool, *arguments):
    """The exit status and the output of a tool."""
    done = subprocess.run([TOOLS / tool, *arguments], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def passes(tool, *arguments):
    assert run(tool, *arguments) == (0, "")


def complains(words, tool, *arguments):
    status, output = run(tool, *arguments)
    assert status == 1 and words in output, output


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def compile_into(folder, name, text):
    """An object of the library, as the build names it."""
    source = folder / "planted.c"
    source.write_text(text)
    path = folder / name
    subprocess.run(["cc", "-c", "-fPIC", "-o", path, source], check=True)
    return path


class TestLayers:
    def test_sound(self, tree):
        passes("check-layers", tree / "src")

    def test_upward_include(self, tree):
        replace(tree / "src/mail/thing.h", "base/span.h", "proto/smtp.h")
        complains("mail/ may not include proto/smtp.h", "check-layers",
                  tree / "src")

    def test_include_without_folder(self, tree):
        replace(tree / "src/mail/thing.c", "mail/thing.h", "thing.h")
        complains("without its folder", "check-layers", tree / "src")

    def test_unknown_layer(self, tree):
        (tree / "src/mail").rename(tree / "src/attic")
        complains("no such layer", "check-layers", tree / "src")

    def test_headers_in_a_circle(self, tree):
        replace(tree / "src/mail/thing.h", "base/span.h", "mail/other.h")
        (tree / "src/mail/other.h").write_text('#include "mail/thing.h"\n')
        complains("circle", "check-layers", tree / "src")

    def test_row_that_looks_up(self, tree):
        layers = tree / "layers"
        layers.write_text("mail base\nbase\n")
        complains("base does not stand above mail", "check-layers",
                  tree / "src", layers)


class TestState:
    def test_constants(self, tmp_path):
        path = compile_into(
            tmp_path, "src_mail_thing.c.o",
            'static const char *const names[] = { "a", "b" };\n'
            "const char *name(int i) { return names[i]; }\n")
        passes("check-state", path)

    @pytest.mark.parametrize("declaration", [
        "int count;",
        "static int count = 1;",
        "static char *count;",
        "static _Thread_local int count;",
        "static const char *count = \"\";",
    ])
    def test_variable(self, tmp_path, declaration):
        path = compile_into(tmp_path, "src_mail_thing.c.o",
                            declaration + "\nvoid *f(void)"
                            " { count++; return (void *)&count; }\n")
        complains("count is in", "check-state", path)

    def test_static_in_function(self, tmp_path):
        path = compile_into(tmp_path, "src_mail_thing.c.o",
                            "int f(void) { static int n; return n++; }\n")
        complains("is in .bss", "check-state", path)


class TestPure:
    LIST = "object mail/*\nmay memcpy\n"

    def check(self, tmp_path, text):
        table = tmp_path / "pure"
        table.write_text(self.LIST)
        compile_into(tmp_path, "src_mail_thing.c.o", text)
        return tmp_path, table

    def test_sound(self, tmp_path):
        passes("check-pure", *self.check(
            tmp_path, "void *memcpy();\n"
            "void *f(void *a, void *b) { return memcpy(a, b, 99); }\n"))

    @pytest.mark.parametrize("call", ["getenv", "time", "open", "malloc"])
    def test_world(self, tmp_path, call):
        complains(f"mail/thing: calls {call}", "check-pure", *self.check(
            tmp_path, f"int {call}x();\nlong {call}();\n"
            f"long f(void) {{ return {call}(0); }}\n"))

    def test_object_that_is_gone(self, tmp_path):
        folder, table = self.check(tmp_path, "int i;\n")
        table.write_text("object policy/*\n")
        complains("no such object", "check-pure", folder, table)


class TestBanned:
    LIST = "# what is banned\nhomes = proto/a.c\nsprintf exec*:\nmalloc: homes\n"

    def check(self, tree, line=""):
        replace(tree / "src/mail/thing.c", "	return s.n",
                f"	{line}\n	return s.n")
        (tree / "banned").write_text(self.LIST)
        return tree / "src", tree / "banned"

    def test_sound(self, tree):
        passes("check-banned", *self.check(tree, '/* sprintf() */ "exec()";'))

    @pytest.mark.parametrize("call", ["sprintf(a, b)", "execve (a)",
                                      "x = malloc(3)"])
    def test_call(self, tree, call):
        complains("is banned here", "check-banned",
                  *self.check(tree, call + ";"))

    def test_at_home(self, tree):
        arguments = self.check(tree, "malloc(3);")
        (tree / "src/mail").rename(tree / "src/proto")
        (tree / "src/proto/thing.c").rename(tree / "src/proto/a.c")
        passes("check-banned", *arguments)

    def test_member_of_that_name(self, tree):
        passes("check-banned", *self.check(tree, "s->malloc(3);"))


class TestSize:
    def test_sound(self, tree):
        passes("check-size", tree / "src")

    def test_long_function(self, tree):
        replace(tree / "src/mail/thing.c", "	return s.n",
                "	;\n" * 60 + "	return s.n")
        complains("thing() has 65 lines", "check-size", tree / "src")

    def test_long_file(self, tree):
        with open(tree / "src/mail/thing.h", "a") as file:
            file.write("\n" * 450)
        complains("lines and no reason", "check-size", tree / "src")

    def test_reasons(self, tree):
        replace(tree / "src/mail/thing.c", "whether it is one",
                "long because of the test")
        replace(tree / "src/mail/thing.c", "	return s.n",
                "	;\n" * 60 + "	return s.n")
        replace(tree / "src/mail/thing.h", "a thing for tests",
                "a thing; long because\n * of the test" + "\n *" * 450)
        passes("check-size", tree / "src")


class TestHeaders:
    def test_sound(self, tree):
        passes("check-headers", tree / "src")

    def test_function_without_comment(self, tree):
        replace(tree / "src/mail/thing.h", "#endif",
                "struct span *thing_two(\n    int x, int y);\n\n#endif")
        complains("thing_two() has no comment", "check-headers", tree / "src")

    def test_shared_comment(self, tree):
        replace(tree / "src/mail/thing.h", "bool thing(struct span);",
                "bool thing(struct span);\nbool thing_two(struct span);")
        passes("check-headers", tree / "src")

    def test_wrong_guard(self, tree):
        replace(tree / "src/mail/thing.h", "MAIL_THING_H", "THING_H")
        complains("its guard is not MAIL_THING_H", "check-headers",
                  tree / "src")

    def test_no_purpose(self, tree):
        replace(tree / "src/mail/thing.h", "thing - a thing", "a thing")
        complains("does not begin", "check-headers", tree / "src")


@pytest.mark.skipif(shutil.which("mandoc") is None,
                    reason="mandoc is not installed")
class TestManual:
    @pytest.fixture
    def pages(self, tmp_path):
        (tmp_path / "settings.c").write_text(SETTINGS)
        (tmp_path / "thing.8").write_text(MANUAL)
        return tmp_path / "settings.c", tmp_path / "thing.8"

    def test_sound(self, pages):
        passes("check-manual", *pages)

    @pytest.mark.parametrize("entry", ["Pa me", "Pa patience", "Ev PATIENCE",
                                       "Ev PATIENCEFILE"])
    def test_setting_without_entry(self, pages, entry):
        replace(pages[1], f".It {entry}\n", ".Pp\n")
        complains(f"no entry for {entry[3:]}", "check-manual", *pages)

    @pytest.mark.parametrize("entry", ["Pa me", "Ev PATIENCE"])
    def test_entry_in_the_page_of_another_program(self, pages, entry):
        replace(pages[1], f".It {entry}\n", ".It Li other\n")
        page = MANUAL[:MANUAL.index(".It")] + f".It {entry}\nIt is.\n.El\n"
        (pages[1].parent / "other.8").write_text(page)
        passes("check-manual", *pages)

    @pytest.mark.parametrize("entry", ["Pa ghost", "Ev GHOST"])
    def test_entry_without_setting(self, pages, entry):
        replace(pages[1], ".El", f".It {entry}\nNothing.\n.El")
        complains(f"{entry[3:]} is no setting", "check-manual", *pages)

    def test_wrong_default(self, pages):
        replace(pages[1], "Default: 60", "Default: 90")
        complains("its default, 60, is not said", "check-manual", *pages)

    def test_no_settings_found(self, pages):
        pages[0].write_text("")
        complains("no settings found", "check-manual", *pages)

    def test_bad_page(self, pages):
        replace(pages[1], ".El", ".El\n.Xyzzy\n.Ed")
        complains("thing.8", "check-manual", *pages)

    def test_second_name_of_no_page(self, pages):
        (pages[1].parent / "other.8").write_text(".so man8/ghost.8\n")
        complains("no such page: ghost.8", "check-manual", *pages)


class TestWords:
    @pytest.mark.parametrize("name, text, words", [
        ("a.md", "It is the the end.\n", "twice: the"),
        ("a.md", "It is the\nthe end.\n", "twice: the"),
        ("a.8", ".Sh X\nIt is\nis so.\n", "twice: is"),
        ("a.c", "/*\n * It is\n * is so.\n */\n", "twice: is"),
        ("a.sh", "# It is is so.\n", "twice: is"),
        ("a.c", "int i; /* TO" "DO: more */\n", "leftover"),
        ("a.py", "i = 1 \n", "white space"),
        ("a.sh", "cat /" "elsewhere/notes/file\n", "a path of one machine"),
    ])
    def test_fault(self, tmp_path, name, text, words):
        path = tmp_path / name
        path.write_text(text)
        complains(words, "check-words", path)

    @pytest.mark.parametrize("name, text", [
        ("a.c", "long long i; /* one */\n/* one */\nchar *s = \"is is\";\n"),
        ("a.md", "In /etc/resolv.conf, and/or so.\n```\n0 the the\n```\n"),
        ("a.sh", "echo is is | sed s/a/b/ >/tmp/x/y\n"),
    ])
    def test_sound(self, tmp_path, name, text):
        path = tmp_path / name
        path.write_text(text)
        passes("check-words", path)


class TestRfc:
    @pytest.fixture
    def table(self, tree):
        path = tree / "rfc.tsv"
        path.write_text(RFC_TABLE)
        return path

    def test_index(self, tree, table):
        assert run("rfc", tree / "src", table) == (
            0, "RFC 5321  Simple Mail Transfer Protocol (Partial)\n"
            "  4.2       mail/thing.c thing\n")

    def test_rfc_that_is_not_listed(self, tree, table):
        replace(tree / "src/mail/thing.h", "one. */", "one. [9999:1] */")
        complains("RFC 9999 is not listed, but cited in mail/thing.h thing",
                  "rfc", tree / "src", table)

    def test_rfc_that_nothing_cites(self, tree, table):
        with open(table, "a") as file:
            file.write("1870\tYes\tSize\n")
        complains("nothing cites it", "rfc", "-q", tree / "src", table)

    def test_rfc_that_is_not_done(self, tree, table):
        with open(table, "a") as file:
            file.write("3207\tNo\tSecure SMTP\n")
        passes("rfc", "-q", tree / "src", table)


@pytest.mark.skipif(shutil.which("clang-format-14") is None,
                    reason="clang-format-14 is not installed")
class TestFormat:
    def check(self, tmp_path, text):
        # The style is that of a file in a folder above.
        shutil.copy(ROOT / ".clang-format", tmp_path)
        path = tmp_path / "thing.c"
        path.write_text(text)
        return run("check-format", path)[0]

    def test_sound(self, tmp_path):
        assert self.check(tmp_path, "int\nf(void)\n{\n\treturn 0;\n}\n") == 0

    def test_fault(self, tmp_path):
        assert self.check(tmp_path, "int f(void) {\n  return 0; }\n") == 1


class TestSumUp:
    JUNIT = ('<testsuites><testsuite tests="5" errors="0" failures="{}" '
             'skipped="1"/></testsuites>')

    def files(self, tmp_path, failures=0):
        junit, checks = tmp_path / "a.xml", tmp_path / "checks"
        junit.write_text(self.JUNIT.format(failures))
        checks.write_text("checks: 3 passed, 0 failed, 1 skipped\n")
        return junit, checks

    def test_all_pass(self, tmp_path):
        status, output = run("sum-up", *self.files(tmp_path))
        assert status == 0
        assert output.endswith("\ntotal: 7 passed, 0 failed, 2 skipped\n")

    def test_failure(self, tmp_path):
        status, output = run("sum-up", *self.files(tmp_path, failures=2))
        assert status == 1
        assert output.endswith("\ntotal: 5 passed, 2 failed, 2 skipped\n")

    def test_missing_file(self, tmp_path):
        status, output = run("sum-up", *self.files(tmp_path),
                             tmp_path / "b.xml")
        assert status == 1
        assert output.endswith("\ntotal: 7 passed, 1 failed, 2 skipped\n")

    def test_no_test_at_all(self, tmp_path):
        (tmp_path / "a.xml").write_text("<testsuites/>")
        assert run("sum-up", tmp_path / "a.xml")[0] == 1


class TestSetup:
    """Against a system that is made up of four scripts."""

    MISSING = ("meson", "ninja-build")

    @pytest.fixture
    def system(self, tmp_path):
        """Makes the scripts; run as uid, and sudo works or not."""
        def make(uid, sudo="exit 1"):
            scripts = {
                "id": f"echo {uid}",
                "sudo": sudo,
                "apt-get": f'echo "$@" >>{tmp_path}/asked',
                "dpkg-query": "case $4 in {}) echo not-installed;; "
                              "*) echo installed;; esac".format(
                                  "|".join(self.MISSING)),
            }
            for name, text in scripts.items():
                (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
                (tmp_path / name).chmod(0o755)
            return {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        return make

    def run_setup(self, environment, tmp_path, *groups):
        """What it said, and what it asked of apt."""
        done = subprocess.run([TOOLS / "setup", *groups], env=environment,
                              text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        asked = tmp_path / "asked"
        return done, asked.read_text() if asked.exists() else ""

    def test_nothing_missing(self, system, tmp_path):
        done, asked = self.run_setup(system(0), tmp_path, "try")
        assert (done.returncode, done.stdout, asked) == (0, "", "")

    def test_only_what_is_missing(self, system, tmp_path):
        done, asked = self.run_setup(system(0), tmp_path, "build", "try")
        assert done.returncode == 0
        assert done.stdout == "setup: installing meson ninja-build \n"
        assert asked.endswith(" meson ninja-build\n")

    def test_by_sudo(self, system, tmp_path):
        sudo = '[ "$1" = -n ] && shift && exec "$@"'
        _, asked = self.run_setup(system(1000, sudo), tmp_path, "build")
        assert asked.endswith(" meson ninja-build\n")

    def test_without_root(self, system, tmp_path):
        done, asked = self.run_setup(system(1000), tmp_path, "build")
        assert (done.returncode, asked) == (0, "")
        assert "only root may install them: meson ninja-build" in done.stdout

    def test_no_such_group(self, system, tmp_path):
        assert self.run_setup(system(0), tmp_path, "everything")[0].returncode == 2


class TestDeliver:
    def deliver(self, *arguments, message="Subject: test\n\ntest\n", **more):
        done = subprocess.run([TOOLS / "deliver", *arguments], input=message,
                              env={**os.environ, **more}, text=True,
                              stdout=subprocess.PIPE)
        return done.returncode, done.stdout

    def test_sample(self):
        status, output = self.deliver()
        assert status == 0
        assert "  C: MAIL FROM:<alice@example.com>" in output
        assert "  S: 550 5.1.1 nobody lives here" in output
        assert "  r  accepted " in output
        assert "  h  refused " in output
        assert "  K  delivered  127.0.0.1 accepted message" in output
        assert "  | Subject: A message from qremote" in output

    def test_put_off(self, tmp_path):
        """Exit status 75, by the control files of the caller."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            (tmp_path / "me").write_text("client.example\n")
            (tmp_path / "smtproutes").write_text(f":[127.0.0.1]:{port}\n")
            status, output = self.deliver(
                "example.org", "alice@example.com", "bob@example.org",
                CONTROLDIR=str(tmp_path), QUEUEDIR=str(tmp_path))
        assert status == 75
        assert f"connecting to 127.0.0.1 port {port}" in output
        assert "  Z  try again " in output

    def test_given_up(self, tmp_path):
        """Exit status 65."""
        status, output = self.deliver(
            "example.org", "alice@example.com", "bob@example.org",
            message="no line end", QUEUEDIR=str(tmp_path))
        assert status == 65
        assert "No server was called." in output
        assert "  D  given up " in output

    def test_usage(self):
        assert self.deliver("example.org")[0] == 2
