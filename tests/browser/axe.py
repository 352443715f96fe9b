"""axe-core, which finds what keeps people from reading or using a page, in the version that is named here.

As a script it fetches axe-core from the npm registry, once, into the environment of the Python that runs it; tests need
no network.
"""

from __future__ import annotations

import base64
import hashlib
import io
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

if TYPE_CHECKING:
    from playwright.sync_api import Page

VERSION = "4.14.1"
ADDRESS = f"https://registry.npmjs.org/axe-core/-/axe-core-{VERSION}.tgz"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
SCRIPT = Path(sys.prefix) / f"axe-core-{VERSION}.js"
# Streamlit hangs its tooltips beside its landmarks, where nobody could move them.
FOUND = """async () => (await axe.run({exclude: ['#stFloatingOverlayPortal']})).violations
    .filter(rule => ['moderate', 'serious', 'critical'].includes(rule.impact))
    .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`))"""


def fetch() -> None:
    """Bring the script, unless it is here."""
    if SCRIPT.exists():
        return
    with urlopen(ADDRESS) as answer:
        archive = answer.read()
    if base64.b64encode(hashlib.sha512(archive).digest()).decode() != SHA512:
        sys.exit(f"{ADDRESS} is not the file that is expected.")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        script = files.extractfile("package/axe.min.js")
        assert script is not None
        SCRIPT.write_bytes(script.read())


def barriers(page: Page) -> list[str]:
    """What axe-core finds on a page, but for minor things."""
    page.evaluate(f"window.axe || (() => {{ {SCRIPT.read_text(encoding='utf-8')} }})()")
    found: list[str] = page.evaluate(FOUND)
    return found


if __name__ == "__main__":
    fetch()
