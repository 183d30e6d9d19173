"""Our own scripts and styles as they lie beside the templates, and the hash by which a page lets a script run."""

import base64
import hashlib

from reports.parts.page import TEMPLATES


def source(name: str) -> str:
    """Return a file of the templates' folder."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def hash_of(script: str) -> str:
    """Return what a content security policy calls a script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
