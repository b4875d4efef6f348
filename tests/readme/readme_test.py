"""The README says what the program prints: every command in a ```console block is run.

`./kafault` stands for the binary that KAFAULT names (default: ./kafault), the output is what a
terminal shows without colour. After a change that was meant:

    KAFAULT=build/release/kafault python3 tests/readme/readme_test.py --update
"""

import json
import os
import pathlib
import pty
import re
import shlex
import subprocess
import sys
import tempfile
import termios

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
TRUTH = ROOT / "tests" / "truth" / "kafka-4.1.0.json"
GUIDES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
EXPERIMENTS = re.compile(r"\b(\d+)(?= experiments\b)")
# Stands for /tmp in all commands, which thus find nothing of an earlier test there.
FOLDER = tempfile.TemporaryDirectory(prefix="kafault-readme-")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands_in(text):
    """[command, output] of every `$ command` in the console blocks of a Markdown text."""
    found = []
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append([command, output.strip("\n")])
    return found


def without_duration(output):
    """What took 0.02 s here takes 0.03 s there."""
    return re.sub(r"· \d+\.\d+ s +", "· 0.02 s  ", output)


def shown_by(command):
    """What a terminal shows of a command: both streams, in the order in which they came."""
    binary = os.environ.get("KAFAULT", "./kafault")
    command = command.replace("/tmp/", f"{FOLDER.name}/")
    command = re.sub(r"(^|(?<=[\s|]))\./kafault\b", lambda _: shlex.quote(binary), command)
    reader, terminal = pty.openpty()
    modes = termios.tcgetattr(terminal)
    modes[1] &= ~termios.OPOST  # lines end as they were written
    termios.tcsetattr(terminal, termios.TCSANOW, modes)
    environment = {**os.environ, "NO_COLOR": "1", "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            more = os.read(reader, 65536)
        except OSError:  # how Linux says that the terminal's last writer has gone
            break
        if not more:
            break
        shown += more
    os.close(reader)
    process.wait(timeout=60)
    return shown.decode().replace(f"{FOLDER.name}/", "/tmp/").strip("\n")


def links_in(text):
    """The files of the project that a Markdown text links to or names with their folder."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    linked = re.findall(r"\]\(([^)#:]+)\)", prose)
    named = re.findall(r"`((?:sim|reports|tests|scenarios|plot|docs|\.ci)/[\w./-]*)`", prose)
    return linked, named


@pytest.mark.parametrize(
    "command, expected", [pytest.param(*c, id=c[0]) for c in commands_in(README.read_text())]
)
def test_readme_shows_what_the_command_prints(command, expected):
    assert without_duration(shown_by(command)) == without_duration(expected)


def test_readme_knows_how_many_experiments_there_are():
    experiments = json.loads(TRUTH.read_text())["experiments"]
    assert EXPERIMENTS.findall(README.read_text()) == [str(len(experiments))]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_files_that_are_named_exist(guide):
    linked, named = links_in(guide.read_text())
    assert [name for name in linked if not (guide.parent / name).exists()] == []
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_commands_and_their_output_are_found():
    text = "a\n```console\n$ one\n1\n\n  2\n$ two\n```\n```sh\n$ not this\n```\n"
    assert commands_in(text) == [["one", "1\n\n  2"], ["two", ""]]
    assert len(commands_in(README.read_text())) >= 6


def test_what_is_not_printed_is_seen():
    assert shown_by("printf 'a  b\\n'; echo c >&2") == "a  b\nc"
    assert without_duration("3 ok · 12.34 s   exit 0") == without_duration("3 ok · 0.02 s  exit 0")
    assert without_duration("3 ok · 0.02 s  exit 0") != without_duration("4 ok · 0.02 s  exit 0")


def test_a_name_without_a_file_is_seen():
    assert links_in("[x](docs/x.md), `sim/net/x.hpp`, [w](https://w.org)\n```\n`sim/y`\n```\n") == (
        ["docs/x.md"],
        ["sim/net/x.hpp"],
    )


def update():
    """Writes what the commands print now, and the number of experiments, into the README."""

    def renewed(block):
        parts = [f"$ {c}\n{shown_by(c)}\n" for c, _ in commands_in(block.group(0))]
        return "```console\n" + "\n".join(parts) + "```"

    count = len(json.loads(TRUTH.read_text())["experiments"])
    text = BLOCK.sub(renewed, README.read_text())
    README.write_text(EXPERIMENTS.sub(str(count), text))


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        raise SystemExit(__doc__)
    update()
