"""What `kafault explore` says of the shipped scenarios.

The posters: `NAME.budget-K.csv` is the table of `NAME.json` with at most K misfortunes; for K > 1 a
part of it. `tests/explored_scenarios.csv` has a line for each shipped scenario: how many
combinations, runs and worlds there are with at most one misfortune, and for each promise how many
combinations need how many misfortunes ("1 x3" is three combinations that need one, "-" none).
KAFAULT names the binary. A changed number needs its reason, here and in docs/exploring.md; then:

    KAFAULT=build/release/kafault python3 tests/exploration_posters_test.py --update
"""

import collections
import csv
import io
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = ["scenarios/exploration", "scenarios/history"]
# Budget, and the part of the scenario or the misfortunes that are explored with it.
POSTERS = [
    ("exploration/promises", 1, []),
    ("exploration/promises", 2, ["--where", "commit=sync 'min ISR'=2"]),
    # As few crashes as were published break what the switch of its axis keeps.
    ("history/kip-101", 2, ["--misfortunes", "crash"]),
    ("history/kip-279", 2, ["--misfortunes", "crash"]),
    ("history/kip-320", 2, ["--misfortunes", "crash"]),
    # "Last replica standing": two restarts in order, then one loss of power.
    ("history/kip-966", 3, ["--misfortunes", "shut-down,power-loss"]),
]
# Two misfortunes take many seconds, and minutes in a build that watches its every step; the three
# of KIP-966 take few, since so little can strike.
MOST = 3 if os.environ.get("KAFAULT_BUILD_TYPE", "Release") == "Release" else 1


GOLDEN = ROOT / "tests" / "explored_scenarios.csv"
# Many seconds each.
LEFT_OUT = [
    "scenarios/groups/consumer-protocol-stall.json",
    "scenarios/groups/handler-throws.json",
    "scenarios/groups/max-poll-interval.json",
    "scenarios/semantics-anywhere.json",
    "scenarios/semantics.json",
]


def path_of(name, budget):
    return ROOT / "scenarios" / f"{name}.budget-{budget}.csv"


def explored(file, budget, options):
    """The table as CSV."""
    binary = os.environ.get("KAFAULT", "./kafault")
    command = [binary, "explore", file, "--format", "csv", "--budget", str(budget)] + options
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("name, budget, options", POSTERS)
def test_a_poster_is_what_is_found(name, budget, options):
    if budget > MOST:
        pytest.skip("only in a release build")
    found = explored(f"scenarios/{name}.json", budget, options)
    expected = path_of(name, budget).read_text()
    assert found == expected, __doc__


def test_every_table_has_its_test():
    tables = {path_of(name, budget) for name, budget, _ in POSTERS}
    found = {table for folder in FOLDERS for table in (ROOT / folder).glob("*.budget-*.csv")}
    assert found == tables


def line_of(file):
    """One line about a scenario: combinations, runs, worlds, then the numbers by promise."""
    rows = list(csv.DictReader(io.StringIO(explored(file, 1, []))))
    promises = list(dict.fromkeys(row["promise"] for row in rows))
    axes = list(rows[0])[1 : list(rows[0]).index("promise")]
    counts = {tuple(row[axis] for axis in axes): row for row in rows}
    line = [file, len(counts)]
    for column in ["runs", "worlds"]:
        line.append(sum(int(row[column] or 0) for row in counts.values()))
    for promise in promises:
        cells = collections.Counter(
            row["smallest"].replace("none", "-") + ("?" if row["confirmed"] == "false" else "")
            for row in rows
            if row["promise"] == promise
        )
        line.append(promise + ": " + ", ".join(f"{cell} x{n}" for cell, n in sorted(cells.items())))
    return ",".join(f'"{value}"' if "," in str(value) else str(value) for value in line) + "\n"


def shipped():
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "scenarios").rglob("*.json"))
    return [file for file in files if file not in LEFT_OUT]


def test_shipped_scenarios_are_explored_as_before():
    expected = GOLDEN.read_text().splitlines()
    assert [line.split(",")[0] for line in expected] == shipped(), __doc__
    some = slice(None, None, 1 if MOST > 1 else 10)
    assert [line_of(file).rstrip() for file in shipped()[some]] == expected[some], __doc__


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        raise SystemExit(__doc__)
    for name, budget, options in POSTERS:
        path_of(name, budget).write_text(explored(f"scenarios/{name}.json", budget, options))
    GOLDEN.write_text("".join(line_of(file) for file in shipped()))
