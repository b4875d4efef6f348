"""The heat map shows the table's numbers, and says what it cannot draw."""

import pathlib
import sys

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "plot"))
import heatmap  # noqa: E402

TABLE = """scenario,acks,fault,flow,verdict,lost,duplicated
s.json,0,none,orders,exactly-once,0,0
s.json,0,crash,orders,at-most-once,29,0
s.json,1,none,orders,ConfigException,0,0
s.json,1,crash,orders,inconclusive,0,0
s.json,all,none,orders,exactly-once,0,0
s.json,all,crash,orders,at-least-once,0,3
"""


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


def test_axes_stand_between_scenario_and_flow(csv):
    assert heatmap.axes_of(pd.read_csv(csv)) == ["acks", "fault"]


def test_cells_are_the_counts_and_silent_rows_are_left_out(csv):
    table = pd.read_csv(csv, dtype=str)
    lost = heatmap.pivot(table, "fault", "lost")
    assert list(lost.index) == ["0", "all"]
    assert lost.loc["0", "crash"] == 29
    assert heatmap.pivot(table, "fault", "duplicated").loc["all", "crash"] == 3


def test_writes_png_and_svg_with_the_numbers_in_it(csv, tmp_path):
    heatmap.main([str(csv), "-o", str(tmp_path / "map")])
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "map.svg").stat().st_size > 1000


def test_the_same_table_gives_the_same_bytes(csv, tmp_path):
    heatmap.main([str(csv), "-o", str(tmp_path / "a")])
    heatmap.main([str(csv), "-o", str(tmp_path / "b")])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_grey_is_darker_where_more_was_lost(csv):
    lost = heatmap.pivot(pd.read_csv(csv, dtype=str), "fault", "lost").to_numpy()
    assert np.nanargmax(lost) == 1


@pytest.mark.parametrize("arguments", [["--across", "colour"]])
def test_an_unknown_axis_is_refused(csv, arguments):
    with pytest.raises(SystemExit, match="there is no axis"):
        heatmap.main([str(csv), *arguments])


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(SystemExit, match="not a table of kafault"):
        heatmap.main([str(path)])
