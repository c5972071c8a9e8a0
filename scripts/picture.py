#!/usr/bin/env python3
"""Draws what a terminal shows as an SVG, for the README.

    tmux capture-pane -e -p | scripts/picture.py "quartet status --watch" > docs/pictures/status.svg

Reads text with SGR escape sequences (ECMA-48, 8.3.117) from standard input; the argument is the window's title.
"""
import re
import sys
from html import escape

COLOURS = {
    30: "#1b1f27", 31: "#f47067", 32: "#6bc46d", 33: "#e0b35a", 34: "#6cb6ff", 35: "#dcbdfb", 36: "#76d9e6", 37: "#cdd9e5", 97: "#ffffff"}
BACKGROUNDS = {41: "#b62324", 42: "#57ab5a", 43: "#c69026"}
FOREGROUND, BACKGROUND, FRAME, FAINT = "#cdd9e5", "#1b1f27", "#2d333b", "#768390"
CELL, LINE, PAD, BAR = 7.83, 17.0, 14.0, 30.0


def runs(line):
    """(column, text, foreground, background, bold) for each stretch of one look."""
    look = {"fg": None, "bg": None, "bold": False, "faint": False}
    column = 0
    for text, codes in re.findall(r"([^\x1b]+)|\x1b\[([0-9;]*)m", line):
        if text:
            colour = COLOURS.get(look["fg"], FOREGROUND)
            if look["faint"] and look["fg"] is None:
                colour = FAINT
            yield column, text, colour, BACKGROUNDS.get(look["bg"]), look["bold"]
            column += len(text)
            continue
        for code in [int(c or 0) for c in codes.split(";")]:
            if code == 0:
                look.update(fg=None, bg=None, bold=False, faint=False)
            elif code == 1:
                look["bold"] = True
            elif code == 2:
                look["faint"] = True
            elif code == 22:
                look.update(bold=False, faint=False)
            elif code == 39:
                look["fg"] = None
            elif code == 49:
                look["bg"] = None
            elif code in COLOURS:
                look["fg"] = code
            elif code in BACKGROUNDS:
                look["bg"] = code


def draw(lines, title):
    columns = max((sum(len(t) for _, t, *_ in runs(line)) for line in lines), default=80)
    width, height = columns * CELL + 2 * PAD, len(lines) * LINE + BAR + PAD
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
           'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13">')
    yield f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}" stroke="{FRAME}"/>'
    for index, colour in enumerate(["#f47067", "#e0b35a", "#6bc46d"]):
        yield f'<circle cx="{18 + 18 * index}" cy="16" r="5.5" fill="{colour}"/>'
    yield f'<text x="{width / 2:.0f}" y="20" fill="{FAINT}" text-anchor="middle">{escape(title)}</text>'
    for row, line in enumerate(lines):
        top = BAR + row * LINE
        for column, text, foreground, background, bold in runs(line):
            x = PAD + column * CELL
            if background:
                yield f'<rect x="{x:.1f}" y="{top + 1:.1f}" width="{len(text) * CELL:.1f}" height="{LINE}" fill="{background}"/>'
            if text.strip():
                weight = ' font-weight="bold"' if bold else ""
                # Each stretch is told its length, so that columns align whatever font the reader has.
                yield (f'<text x="{x:.1f}" y="{top + 13:.1f}" fill="{foreground}"{weight} xml:space="preserve" '
                       f'textLength="{len(text) * CELL:.1f}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>')
    yield "</svg>"


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    print("\n".join(draw([line.rstrip() for line in lines], sys.argv[1] if len(sys.argv) > 1 else "quartet")))


if __name__ == "__main__":
    main()
