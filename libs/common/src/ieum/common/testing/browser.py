"""A page as a real browser lays it out at the width of a telephone."""

from __future__ import annotations

import asyncio
import html
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from ieum.common.web.pages import STATIC

PHONE_PX = 390
_TIMEOUT_SECONDS = 90
_SCRIPT = """addEventListener("load", () => {
  const page = document.getElementById("f").contentDocument;
  const box = e => { const r = e.getBoundingClientRect();
    return [e.type || "link", r.left, r.right, r.width, r.height]; };
  const all = "button, a.button, input:not([type=hidden]), select, textarea, summary";
  document.getElementById("out").textContent = JSON.stringify({
    wide: page.documentElement.scrollWidth, screen: page.documentElement.clientWidth,
    controls: [...page.querySelectorAll("main " + all.replaceAll(", ", ", main "))].map(box)});
});"""


@dataclass(frozen=True)
class Control:
    """Something to press or fill in, in pixels: its type, edges from the left, width and height."""

    type: str
    left: float
    right: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """How wide the page is, how wide the screen (a scroll bar takes some of it), and the controls."""

    wide: int
    screen: int
    controls: list[Control]

    def of_type(self, *types: str) -> list[Control]:
        """The controls of these types; a link that looks like a button has the type `link`."""
        return [one for one in self.controls if one.type in types]


async def at_phone_width(page: str, folder: Path) -> Layout:
    """Lay a page of ours out at 390 px with its style sheet; skips the test where there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("there is no Chromium here")
    css = (STATIC / "ieum.css").read_text(encoding="utf-8")
    styled = re.sub(r'<link rel="stylesheet"[^>]*>', lambda _: f"<style>{css}</style>", page)
    file = folder / "page.html"
    file.write_text(
        f'<!doctype html><meta charset="utf-8"><iframe id="f" style="border:0" width="{PHONE_PX}" '
        f'height="844" srcdoc="{html.escape(styled)}"></iframe><pre id="out"></pre>'
        f"<script>{_SCRIPT}</script>",
        encoding="utf-8",
    )
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}")
    told = await asyncio.to_thread(
        subprocess.run,
        [chromium, *options, "--dump-dom", file.as_uri()],
        capture_output=True,
        timeout=_TIMEOUT_SECONDS,
        check=True,
    )
    found = re.search(r'<pre id="out">(.+?)</pre>', told.stdout.decode())
    assert found, told.stdout[-500:]
    said = json.loads(html.unescape(found[1]))
    return Layout(said["wide"], said["screen"], [Control(*one) for one in said["controls"]])
