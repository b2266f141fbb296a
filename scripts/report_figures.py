#!/usr/bin/env python3
"""Draws the figures of docs/report.md from the tables of docs/drift.md and docs/benchmarks/models.md.

Run it in the root of the repository, without arguments: scripts/report_figures.py
With --check it writes nothing, and exits with 1 if a figure is out of date. It needs only Python's standard library.
"""

import math
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "docs" / "figures"
COLOURS = ["#1b6ca8", "#b5541c", "#3a7d44", "#7a4fa3", "#666666"]
LEFT, TOP, WIDTH, HEIGHT = 60, 20, 420, 240


def table(name, first_cell):
    """Returns the rows of the table whose header starts with this cell."""
    lines = (ROOT / "docs" / name).read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"| {first_cell} |"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return [rows[0]] + rows[2:]


def percent(cell):
    return float(re.search(r"[\d.]+", cell).group())


def wilson(hits, n, z=1.959964):
    """Returns the 95 % Wilson interval in percent."""
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def chart(title, x_label, ticks, series, y_label):
    """Returns an SVG. A series is a name and points (x, y, low, high); x is the position of a tick."""

    def x_of(x):
        return LEFT + WIDTH * (x + 0.5) / len(ticks)

    def y_of(y):
        return TOP + HEIGHT * (1 - y / 100)

    height = TOP + HEIGHT + 50 + 18 * len(series)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {height}" font-family="sans-serif" font-size="12" role="img">',
        f"<title>{title}</title>",
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for y in range(0, 101, 20):
        out.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y_of(y):.1f}" y2="{y_of(y):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y_of(y) + 4:.1f}" text-anchor="end">{y} %</text>')
    for at, tick in enumerate(ticks):
        out.append(f'<text x="{x_of(at):.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{tick}</text>')
    out.append(f'<text x="{LEFT + WIDTH / 2}" y="{TOP + HEIGHT + 36}" text-anchor="middle">{x_label}</text>')
    middle = TOP + HEIGHT / 2
    out.append(f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{y_label}</text>')
    for number, (name, points) in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        shift = (number - (len(series) - 1) / 2) * 5
        path = " ".join(f"{x_of(x) + shift:.1f},{y_of(y):.1f}" for x, y, _, _ in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        for x, y, low, high in points:
            at = x_of(x) + shift
            if high > low:
                out.append(
                    f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{y_of(low):.1f}" y2="{y_of(high):.1f}" stroke="{colour}"/>'
                )
            out.append(f'<circle cx="{at:.1f}" cy="{y_of(y):.1f}" r="3" fill="{colour}"/>')
        y = TOP + HEIGHT + 56 + 18 * number
        out.append(f'<rect x="{LEFT}" y="{y - 9}" width="12" height="10" fill="{colour}"/>')
        out.append(f'<text x="{LEFT + 18}" y="{y}">{name}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def drift_power():
    header, *rows = table("drift.md", "planted change")
    series = []
    for name, *cells in rows:
        points = []
        for at, cell in enumerate(cells):
            hits, n = (int(number) for number in re.fullmatch(r"(\d+) of (\d+)", cell).groups())
            points.append((at, 100 * hits / n, *wilson(hits, n)))
        series.append((name, points))
    return chart(
        "Alarms by share of replaced texts", "share of the texts that was replaced", header[1:], series, "checks with an alarm"
    )


def few_shot():
    _, *rows = table("benchmarks/models.md", "texts per label")
    counts = sorted({int(row[0]) for row in rows})
    series = []
    for method in ["answers and descriptions", "answers alone"]:
        points = []
        for count, name, mean, spread in rows:
            if name == method or (name == "descriptions" and method == "answers and descriptions"):
                ends = [float(end) for end in re.findall(r"[\d.]+(?= |$)", spread.replace("…", " ").replace("%", " "))]
                low, high = ends if len(ends) == 2 else (percent(mean), percent(mean))
                points.append((counts.index(int(count)), percent(mean), low, high))
        series.append((method, points))
    return chart(
        "Accuracy by number of labelled texts", "labelled texts per label", counts, series, "accuracy on 600 texts"
    )


def main():
    figures = {"drift-power.svg": drift_power(), "few-shot.svg": few_shot()}
    stale = [
        name
        for name, text in figures.items()
        if not (FIGURES / name).exists() or (FIGURES / name).read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        sys.exit(f"out of date, run scripts/report_figures.py: {', '.join(stale)}" if stale else 0)
    FIGURES.mkdir(exist_ok=True)
    for name, text in figures.items():
        (FIGURES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
