"""What words of the data are called in other languages: items, fields and units of the catalogue, states and parties.

They are English in every file; a file here, `<language>.yaml`, has what a reader of another language is shown instead.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from netplan.language import unbroken
from netplan.yamltext import load_yaml

__all__ = ["data_words", "spoken_languages"]


def spoken_languages() -> list[str]:
    """The languages besides English that words of the data are known in."""
    return sorted(each.name.removesuffix(".yaml") for each in files(__name__).iterdir() if each.name.endswith(".yaml"))


@cache
def data_words(language: str) -> dict[str, dict[str, str]]:
    """Group (item, field, unit, word) -> English word of the data -> what it is called; empty where it is as it is."""
    file = files(__name__) / f"{language}.yaml"
    if not file.is_file():
        return {}
    groups: dict[str, dict[str, str]] = load_yaml(file.read_text(encoding="utf-8"))
    return {
        group: {word: unbroken(called, language) for word, called in words.items()} for group, words in groups.items()
    }
