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
FOLDER = "scenarios/exploration/"
# Budget, and the part of the scenario that is explored with it.
POSTERS = [
    ("promises", 1, []),
    ("promises", 2, ["commit=sync 'min ISR'=2"]),
]
# Two misfortunes take many seconds, and minutes in a build that watches its every step.
MOST = 2 if os.environ.get("KAFAULT_BUILD_TYPE", "Release") == "Release" else 1


def path_of(name, budget):
    return ROOT / FOLDER / f"{name}.budget-{budget}.csv"


def explored(name, budget, where):
    """The table as CSV."""
    binary = os.environ.get("KAFAULT", "./kafault")
    command = [binary, "explore", f"{FOLDER}{name}.json", "--format", "csv"]
    command += ["--budget", str(budget)]
    for condition in where:
        command += ["--where", condition]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("name, budget, where", POSTERS)
def test_a_poster_is_what_is_found(name, budget, where):
    if budget > MOST:
        pytest.skip("only in a release build")
    found = explored(name, budget, where)
    expected = path_of(name, budget).read_text()
    assert found == expected, __doc__


def test_every_table_has_its_test():
    tables = {path_of(name, budget) for name, budget, _ in POSTERS}
    assert set((ROOT / FOLDER).glob("*.budget-*.csv")) == tables


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        raise SystemExit(__doc__)
    for poster in POSTERS:
        path_of(*poster[:2]).write_text(explored(*poster))
