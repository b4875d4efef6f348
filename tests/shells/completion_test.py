"""What `kafault completion` prints, in the shells themselves; zsh and fish if they are installed.

KAFAULT names the binary (default: ./kafault)."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
KAFAULT = os.environ.get("KAFAULT", str(ROOT / "kafault"))


def script_for(shell):
    return subprocess.check_output([KAFAULT, "completion", shell], text=True)


def completed_by_bash(*words, folder="."):
    """What bash offers for the last of the words."""
    program = (
        script_for("bash")
        + "compopt() { :; }\n"
        + 'COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))\n_kafault\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    command = ["bash", "-u", "-c", program, "bash", *words]
    result = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=True)
    assert result.stderr == ""
    return sorted(result.stdout.split())


def completed_by_fish(line, folder="."):
    program = script_for("fish") + f"complete -C {line!r}\n"
    result = subprocess.run(
        ["fish", "--no-config", "-c", program], capture_output=True, text=True, cwd=folder, check=True
    )
    assert result.stderr == ""
    return [offer.split("\t")[0] for offer in result.stdout.splitlines()]


def test_bash_offers_commands():
    assert completed_by_bash("kafault", "ex") == ["explain", "explore"]
    assert "run" in completed_by_bash("kafault", "")
    assert "docs" not in completed_by_bash("kafault", "")


def test_bash_offers_the_options_of_the_command():
    assert completed_by_bash("kafault", "run", "--pi") == ["--pivot"]
    assert completed_by_bash("kafault", "check", "--pi") == []


def test_bash_offers_what_an_option_takes(tmp_path):
    (tmp_path / "producer.properties").touch()
    (tmp_path / "found").mkdir()
    assert completed_by_bash("kafault", "run", "--color", "a") == ["always", "auto"]
    assert completed_by_bash("kafault", "completion", "f") == ["fish"]
    assert completed_by_bash("kafault", "run", "pro", folder=tmp_path) == ["producer.properties"]
    assert completed_by_bash("kafault", "run", "-o", "pro", folder=tmp_path) == [
        "producer.properties"
    ]
    # As bash splits it.
    words = ["kafault", "run", "--producer-config", "shop", "=", "pro"]
    assert completed_by_bash(*words, folder=tmp_path) == ["producer.properties"]
    assert completed_by_bash(*words[:-1], folder=tmp_path) == ["found", "producer.properties"]
    assert completed_by_bash("kafault", "explore", "--save", "", folder=tmp_path) == ["found"]
    assert completed_by_bash("kafault", "run", "--seed", "", folder=tmp_path) == []


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh_can_read_it():
    result = subprocess.run(["zsh", "-n"], input=script_for("zsh"), capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_offers_commands_options_and_files(tmp_path):
    (tmp_path / "orders.json").touch()
    assert completed_by_fish("kafault exp") == ["explain", "explore"]
    assert completed_by_fish("kafault run --pi") == ["--pivot"]
    assert completed_by_fish("kafault run --color al") == ["always"]
    assert completed_by_fish("kafault run ord", folder=tmp_path) == ["orders.json"]


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_the_manual_page_has_every_command_and_no_warnings():
    page = subprocess.check_output([KAFAULT, "docs", "man"], text=True)
    result = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww", "-z"], input=page, capture_output=True, text=True
    )
    assert (result.returncode, result.stderr) == (0, "")
    for command in ("run", "init", "schema", "completion"):
        assert f'.SS "kafault {command}' in page
