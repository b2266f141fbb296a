#!/usr/bin/env python3
"""Makes docs/report.tex from docs/report.md, so that the two cannot differ.

Run it in the root of the repository, without arguments: scripts/report_tex.py
With --check it writes nothing, and exits with 1 if docs/report.tex is out of date. It needs only Python's standard library. The result
uses the class article with booktabs and hyperref: pdflatex docs/report.tex

It knows the Markdown that the report uses: headings, paragraphs, lists, tables, images, code, links, bold, italics and numbered
references ([3] in the text, a numbered list below "References"). Anything else is an error.
"""

import re
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
SOURCE, TARGET = DOCS / "report.md", DOCS / "report.tex"

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "−": "$-$",
    "×": r"$\times$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "–": "--",
    "…": r"\dots{}",
    "“": "``",
    "”": "''",
    "ü": r"\"u",
    "é": r"\'e",
    "ć": r"\'c",
    "č": r"\v{c}",
}

PREAMBLE = r"""% Made by scripts/report_tex.py from docs/report.md: edit that file, and run the script again.
\documentclass[10pt,a4paper]{article}
\usepackage{booktabs}
\usepackage[hidelinks]{hyperref}
\sloppy
\setlength{\textwidth}{17cm}
\setlength{\textheight}{25cm}
\setlength{\oddsidemargin}{-0.54cm}
\setlength{\topmargin}{-1.9cm}
\setlength{\tabcolsep}{4pt}
"""


def escape(text):
    out = "".join(SPECIAL.get(letter, letter) for letter in text).replace(r" \%", r"~\%")
    if not out.isascii():
        sys.exit(f"no LaTeX for {sorted(letter for letter in set(out) if not letter.isascii())} in: {text}")
    return out


def code(text):
    # Long commands and paths may break after these characters.
    return r"\texttt{" + re.sub(r"([/.=]|\\_|-(?=[^-]))(?=.)", r"\1\\allowbreak{}", escape(text)) + "}"


TOKENS = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\[(?P<name>[^\]]+)\]\((?P<url>[^)\s]+)\)"
    r"|\[(?P<cite>\d+)\]"
    r"|\*\*(?P<bold>.+?)\*\*"
    r"|\*(?P<italic>.+?)\*"
)


def inline(text):
    out, at = [], 0
    for token in TOKENS.finditer(text):
        out.append(escape(text[at : token.start()]))
        at = token.end()
        if token["code"]:
            out.append(code(token["code"]))
        elif token["url"]:
            url = token["url"].replace("%", r"\%").replace("#", r"\#")
            out.append(rf"\href{{{url}}}{{{inline(token['name'])}}}")
        elif token["cite"]:
            out.append(rf"\cite{{r{token['cite']}}}")
        elif token["bold"]:
            out.append(rf"\textbf{{{inline(token['bold'])}}}")
        else:
            out.append(rf"\emph{{{inline(token['italic'])}}}")
    return "".join(out) + escape(text[at:])


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def table(lines):
    header, rule, *rows = (cells(line) for line in lines)
    if any(len(row) != len(header) for row in [rule, *rows]):
        sys.exit(f"a row of the table `{lines[0]}` has another number of cells")
    # The columns share the width by their longest cells; all of them may wrap.
    lengths = [max(len(row[at]) for row in [header, *rows]) for at in range(len(header))]
    weights = [min(length, 44) + 2 for length in lengths]
    # The space between two columns is 8 points, about 0.017 of the width of the page.
    total = 0.995 - 0.017 * (len(header) - 1)
    widths = [total * weight / sum(weights) for weight in weights]
    # Without the package array, the alignment is given in each cell.
    columns = "".join(f"p{{{width:.3f}\\linewidth}}" for width in widths)
    align = [r"\raggedleft " if cell.endswith(":") else r"\raggedright " for cell in rule]

    def row_of(row):
        return " & ".join(a + inline(cell) for a, cell in zip(align, row)) + r" \tabularnewline"

    body = [row_of(row) for row in rows]
    return "\n".join(
        [
            r"\begin{center}\small",
            rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
            r"\toprule",
            row_of(header),
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{center}",
        ]
    )


def items(lines, marker):
    """Joins the lines of each entry of a list."""
    found = []
    for line in lines:
        start = re.match(marker, line)
        if start:
            found.append(line[start.end() :])
        elif found and line.startswith("  "):
            found[-1] += " " + line.strip()
        else:
            sys.exit(f"not an entry of the list: {line}")
    return found


def block(lines, in_references):
    first = lines[0]
    if heading := re.fullmatch(r"(#{2,3}) (?:[\d.]+ )?(.+)", first):
        if len(lines) > 1:
            sys.exit(f"a blank line is missing after: {first}")
        if heading[2] == "References":
            return ""
        return rf"\{'section' if len(heading[1]) == 2 else 'subsection'}{{{inline(heading[2])}}}"
    if first.startswith("|"):
        return table(lines)
    if image := re.fullmatch(r"!\[(.+)\]\((.+)\)", first):
        # SVG needs further packages, so the figure is named and linked.
        return "\n".join(
            [
                r"\begin{figure}[ht]\centering",
                rf"\fbox{{\href{{{image[2]}}}{{{code(image[2])}}}}}",
                rf"\caption{{{inline(image[1])}}}",
                r"\end{figure}",
            ]
        )
    for marker, name in [(r"- ", "itemize"), (r"\d+\. ", "enumerate")]:
        if re.match(marker, first):
            entries = items(lines, marker)
            if in_references:
                entries = [rf"\bibitem{{r{at + 1}}} {inline(entry)}" for at, entry in enumerate(entries)]
                return "\n".join([r"\begin{thebibliography}{99}", *entries, r"\end{thebibliography}"])
            return "\n".join([rf"\begin{{{name}}}", *(r"\item " + inline(entry) for entry in entries), rf"\end{{{name}}}"])
    return inline(" ".join(line.strip() for line in lines))


def document(text):
    blocks = [part.splitlines() for part in text.strip().split("\n\n")]
    title = blocks.pop(0)
    if len(title) != 1 or not title[0].startswith("# "):
        sys.exit("the report does not start with a title")
    out = [PREAMBLE + rf"\title{{{inline(title[0][2:])}}}" + "\n\\author{}\n\\date{}\n\\begin{document}\n\\maketitle"]
    abstract = " ".join(blocks.pop(0)).removeprefix("**Abstract.** ")
    out.append("\\begin{abstract}\n" + inline(abstract) + "\n\\end{abstract}")
    in_references = False
    for lines in blocks:
        in_references |= lines[0] == "## References"
        out.append(block(lines, in_references))
    cited = {int(number) for number in re.findall(r"\[(\d+)\](?!\()", text)}
    listed = len(re.findall(r"^\d+\. ", text.split("\n## References\n")[1], re.M))
    if cited != set(range(1, listed + 1)):
        sys.exit(f"cited {sorted(cited)}, listed 1 to {listed}")
    return "\n\n".join(part for part in out if part) + "\n\n\\end{document}\n"


def main():
    made = document(SOURCE.read_text(encoding="utf-8"))
    if "--check" in sys.argv[1:]:
        stale = not TARGET.exists() or TARGET.read_text(encoding="utf-8") != made
        sys.exit("docs/report.tex is out of date, run scripts/report_tex.py" if stale else 0)
    TARGET.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
