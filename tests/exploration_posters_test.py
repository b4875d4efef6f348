"""The posters: what `kafault explore` says of a shipped scenario is in the CSV files beside it.

`NAME.budget-K.csv` is the table of `NAME.json` with at most K misfortunes; for K > 1 a part of it.
KAFAULT names the binary. A changed number needs its reason, here and in docs/exploring.md; then:

    KAFAULT=build/release/kafault python3 tests/exploration_posters_test.py --update
"""

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
]
# Two misfortunes take many seconds, and minutes in a build that watches its every step.
MOST = 2 if os.environ.get("KAFAULT_BUILD_TYPE", "Release") == "Release" else 1


def path_of(name, budget):
    return ROOT / "scenarios" / f"{name}.budget-{budget}.csv"


def explored(name, budget, options):
    """The table as CSV."""
    binary = os.environ.get("KAFAULT", "./kafault")
    command = [binary, "explore", f"scenarios/{name}.json", "--format", "csv"]
    command += ["--budget", str(budget)] + options
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("name, budget, options", POSTERS)
def test_a_poster_is_what_is_found(name, budget, options):
    if budget > MOST:
        pytest.skip("only in a release build")
    found = explored(name, budget, options)
    expected = path_of(name, budget).read_text()
    assert found == expected, __doc__


def test_every_table_has_its_test():
    tables = {path_of(name, budget) for name, budget, _ in POSTERS}
    found = {table for folder in FOLDERS for table in (ROOT / folder).glob("*.budget-*.csv")}
    assert found == tables


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        raise SystemExit(__doc__)
    for poster in POSTERS:
        path_of(*poster[:2]).write_text(explored(*poster))
