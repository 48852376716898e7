"""A page as a browser lays it out at the width of a telephone."""

from __future__ import annotations

import asyncio
import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ieum.common.web.pages import STATIC

PAGE_PX = 390


async def laid_out(page: str, tmp_path: Path) -> dict[str, Any]:
    """`wide`: what the page takes; `screen`: what there is; `buttons`: width and height of what is pressed.

    Skips the test where there is no Chromium.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("there is no Chromium here")
    css = (STATIC / "ieum.css").read_text(encoding="utf-8")
    styled = re.sub(r'<link rel="stylesheet"[^>]*>', lambda _: f"<style>{css}</style>", page)
    wrapper = tmp_path / "page.html"
    wrapper.write_text(
        f"""<!doctype html><meta charset="utf-8">
        <iframe id="f" style="border:0" width="{PAGE_PX}" height="844"
        srcdoc="{html.escape(styled)}"></iframe><pre id="out"></pre><script>
        addEventListener("load", () => {{
          const page = document.getElementById("f").contentDocument;
          page.querySelectorAll("details").forEach(d => d.open = true);
          const pressed = [...page.querySelectorAll("main button, main summary")];
          const sizes = pressed.map(b => b.getBoundingClientRect());
          document.getElementById("out").textContent = JSON.stringify({{
            wide: page.documentElement.scrollWidth,
            screen: page.documentElement.clientWidth, buttons: sizes.map(s => [s.width, s.height])}});
        }});</script>""",
        encoding="utf-8",
    )
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}")
    told = await asyncio.to_thread(
        subprocess.run,
        [chromium, *options, "--dump-dom", wrapper.as_uri()],
        capture_output=True,
        timeout=90,
        check=True,
    )
    found = re.search(r'<pre id="out">(.+?)</pre>', told.stdout.decode())
    assert found, told.stdout[-500:]
    sizes: dict[str, Any] = json.loads(html.unescape(found[1]))
    assert PAGE_PX - 20 < sizes["screen"] <= PAGE_PX  # a scroll bar takes some of it
    return sizes
