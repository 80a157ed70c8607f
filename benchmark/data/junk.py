"""Files and folders that systems and programs leave beside what people put there."""

from __future__ import annotations

_LEFT = (
    "__macosx",
    "$recycle.bin",
    "@eadir",
    "desktop.ini",
    "ehthumbs.db",
    "icon\r",
    "lost+found",
    "system volume information",
    "thumbs.db",
)


def is_junk(name: str) -> bool:
    """Whether every reader passes over files and folders of this name: hidden ones, and those that nobody made."""
    return name.startswith(".") or name.lower() in _LEFT
