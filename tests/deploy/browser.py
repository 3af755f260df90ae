"""Debian's Chromium, headless and unpacked into the cache, driven by Playwright; and what a page looks like in it."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.tools import Tool, debian

LOCK = Path(__file__).parent / "browser.lock"
FETCH_SECONDS_MAX = 600
KEPT_IN = "TESTS_SCREENSHOTS"
# Chromium as root has no sandbox; nothing here may ask anybody but this machine.
SWITCHES = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PACKAGES = ("chromium", "fonts-noto-core", "fonts-dejavu-core")
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><dir prefix="relative">usr/share/fonts</dir>
<match target="pattern"><test qual="all" name="family" compare="not_eq"><string>monospace</string></test>
<edit name="family" mode="append_last"><string>Noto Sans</string><string>DejaVu Sans</string></edit></match>
<alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
<cachedir prefix="xdg">syncd/fonts</cachedir></fontconfig>
"""


def _fetch_chromium(folder: Path) -> None:
    debian.unpacking(*PACKAGES, with_dependencies=True)(folder)
    (folder / "fonts.conf").write_text(FONTS)


def _fetch_playwright(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "--target", str(folder), "--require-hashes", "-r", str(LOCK)]
    subprocess.run(command, check=True, timeout=FETCH_SECONDS_MAX, stderr=subprocess.PIPE)


CHROMIUM = Tool(
    name="Chromium",
    remedy="on Debian or Ubuntu, with the package archive in reach: apt-get update; elsewhere, install Chromium",
    folder=f"chromium-{debian.release()}-{hashlib.sha256(FONTS.encode()).hexdigest()[:12]}",
    fetch=None if shutil.which("chromium") else _fetch_chromium,
    runs_with=("chromium",) if shutil.which("chromium") else (),
    fetched_with=debian.COMMANDS,
)
# Pinned apart: with it comes a driver of a hundred megabytes, which other tests do without.
PLAYWRIGHT = Tool(
    name="Playwright",
    remedy="let pip reach its package index",
    folder=f"playwright-{sys.implementation.cache_tag}-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}",
    fetch=_fetch_playwright,
)


@asynccontextmanager
async def opened(chromium: Path, playwright: Path) -> AsyncIterator[Any]:
    """A browser that is closed at the end."""
    if str(playwright) not in sys.path:
        sys.path.append(str(playwright))
    from playwright.async_api import async_playwright

    found = shutil.which("chromium")
    binary = Path(found) if found else chromium / "usr" / "lib" / "chromium" / "chromium"
    own = {} if found else {"LD_LIBRARY_PATH": _libraries(chromium), "FONTCONFIG_FILE": str(chromium / "fonts.conf")}
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=binary, args=list(SWITCHES), env={**os.environ, **own})
        yield browser
        await browser.close()


def _libraries(chromium: Path) -> str:
    places = ("lib/*-linux-gnu*", "usr/lib/*-linux-gnu*", "usr/lib/*-linux-gnu*/pulseaudio")
    return ":".join(str(folder) for place in places for folder in sorted(chromium.glob(place)))


def screenshots() -> Path:
    """Where pictures of the page are kept for whoever wants to look at them."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get(KEPT_IN) or cache / "syncd" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


# Texts with less contrast against what is behind them than WCAG asks (1.4.3): each as `ratio: text`.
FAINT = """
() => {
  const rgba = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return [n[0], n[1], n[2], n[3] ?? 1]; };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const light = (c) => {
    const [r, g, b] = c.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    const layers = [];
    for (let one = node; one; one = one.parentElement) layers.push(rgba(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    const said = texts.currentNode.textContent.trim();
    if (!said || !node.checkVisibility() || node.closest(".hidden, thead, noscript, script")) continue;
    const back = behind(node);
    const [a, b] = [light(over(rgba(getComputedStyle(node).color), back)), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)}: ${said.slice(0, 60)}`);
  }
  return found;
}
"""

# Controls that say nothing to whoever does not see them.
NAMELESS = """
() => {
  const pictures = (one) => [...one.querySelectorAll("img")].map((picture) => picture.alt).join(" ");
  const content = (one) => (one.tagName === "SELECT" ? "" : one.textContent + pictures(one));
  const named = (one) => one.getAttribute("aria-label") || one.labels?.[0]?.textContent || content(one);
  return [...document.querySelectorAll("a[href], button, summary, input, select, textarea, [role=button]")]
    .filter((one) => !named(one).trim()).map((one) => one.outerHTML);
}
"""
