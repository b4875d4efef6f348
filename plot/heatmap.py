#!/usr/bin/env python3
"""Draws the semantics heat map of a table: combinations x faults, what was lost and what was twice.

usage: kafault run scenarios/semantics.json --format csv | python3 plot/heatmap.py - -o heatmap
writes heatmap.png and heatmap.svg. Numbers stand in the cells, so that it reads in grey.
"""

import argparse
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

PANELS = (("lost", "acknowledged, and lost"), ("duplicated", "more than once"))


def axes_of(table):
    """The axis columns of a table: what stands between `scenario` and `flow`."""
    columns = list(table.columns)
    if "scenario" not in columns or "flow" not in columns:
        raise SystemExit("not a table of kafault: there is no column 'scenario' or 'flow'")
    return columns[columns.index("scenario") + 1 : columns.index("flow")]


def pivot(table, across, value):
    """Rows are combinations of all other axes (and flows), columns the values of `across`.

    Cells are NaN where a client refused its settings or nothing can be said.
    """
    rest = [a for a in axes_of(table) if a != across]
    if table["flow"].nunique() > 1:
        rest.append("flow")
    said = table.copy()
    said[value] = said[value].astype(float)
    silent = said["verdict"].isin(["ConfigException", "inconclusive", "unsettled"])
    said.loc[silent, value] = np.nan
    said["combination"] = said[rest].astype(str).agg(" · ".join, axis=1) if rest else "all"
    wide = said.pivot_table(
        index="combination", columns=across, values=value, sort=False, dropna=False, aggfunc="max"
    )
    wide = wide.reindex(index=said["combination"].unique(), columns=table[across].unique())
    return wide.dropna(how="all")


def draw(table, across, title):
    """A figure with one panel per counting column."""
    wides = [pivot(table, across, value) for value, _ in PANELS]
    rows, columns = wides[0].shape
    figure, panels = plt.subplots(
        1, 2, sharey=True, figsize=(4 + 1.1 * columns, 1.6 + 0.24 * rows), layout="constrained"
    )
    for panel, wide, (_, label) in zip(panels, wides, PANELS):
        cells = wide.to_numpy()
        top = max(1.0, float(np.nanmax(cells)) if np.isfinite(cells).any() else 1.0)
        # A logarithmic grey: one lost record must be seen beside thirty.
        shade = np.log1p(np.nan_to_num(cells)) / np.log1p(top)
        panel.imshow(shade, cmap="Greys", vmin=0, vmax=1.25, aspect="auto")
        for (r, c), count in np.ndenumerate(cells):
            if np.isnan(count):
                text, colour = "–", "0.5"
            else:
                text = f"{count:g}" if count else "·"
                colour = "white" if shade[r, c] > 0.7 else "black"
            panel.text(c, r, text, ha="center", va="center", fontsize=7, color=colour)
        panel.set_title(label, fontsize=9)
        panel.set_xticks(range(columns), wide.columns, rotation=40, ha="right", fontsize=7)
        panel.set_yticks(range(rows), wide.index, fontsize=6)
        panel.tick_params(length=0)
    figure.suptitle(title, fontsize=10)
    return figure


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", help="a table as CSV; - for standard input")
    parser.add_argument("-o", "--output", default="heatmap", help="file name without its ending")
    parser.add_argument("--across", help="the axis that becomes columns (default: fault, else the last)")
    options = parser.parse_args(arguments)
    table = pd.read_csv(sys.stdin if options.table == "-" else options.table, dtype=str, keep_default_na=False)
    axes = axes_of(table)
    if not axes:
        raise SystemExit("a table without axes has nothing to draw")
    across = options.across or ("fault" if "fault" in axes else axes[-1])
    if across not in axes:
        raise SystemExit(f"there is no axis '{across}'; the table has: {', '.join(axes)}")
    figure = draw(table, across, table["scenario"].iloc[0])
    matplotlib.rcParams["svg.hashsalt"] = "kafault"
    figure.savefig(f"{options.output}.png", dpi=150, metadata={"Software": None})
    figure.savefig(f"{options.output}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
