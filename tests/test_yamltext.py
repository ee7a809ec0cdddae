"""Settings as text: any script as it is written, and nothing that ends the process."""

from __future__ import annotations

from typing import Any

import pytest

from netplan.yamltext import DEEPEST, YAMLError, dump_yaml, load_yaml


@pytest.mark.parametrize(
    "text",
    [
        "[" * 60_000 + "]" * 60_000,
        "{a: " * 60_000 + "}" * 60_000,
        "- " * 60_000 + "x",
        "? " * 60_000,
        "\n".join("[" * 9 for _ in range(9_000)),
    ],
)
def test_what_is_nested_without_end_is_no_yaml(text: str) -> None:
    with pytest.raises(YAMLError, match=f"more than {DEEPEST} levels"):
        load_yaml(text)


def test_many_lists_beside_one_another_are_no_depth() -> None:
    wide = {f"a{k}": [] for k in range(5 * DEEPEST)}
    assert load_yaml(dump_yaml(wide)) == wide


@pytest.mark.parametrize("name", ["𞤊𞤵𞤤𞤬𞤵𞤤𞤣𞤫", "Société d’eau", "هيئة", r"C:\Users\maps", "x\udcff"])
def test_letters_of_any_script_are_written_as_they_are(name: str) -> None:
    data: dict[str, Any] = {"z": name, "a": [1, 2.5, None, True]}
    text = dump_yaml(data)
    assert load_yaml(text) == data if name.isprintable() else r"\uDCFF" in text
    assert name in text or not name.isprintable()
    assert text.startswith("z:")
