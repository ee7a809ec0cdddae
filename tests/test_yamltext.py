"""Settings as text: any script as it is written, and nothing that ends the process."""

from __future__ import annotations

from typing import Any

import pytest

from netplan.yamltext import DEEPEST, LONG, YAMLError, dump_yaml, load_yaml


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


def test_a_text_that_is_read_again_is_the_readers_own() -> None:
    text = dump_yaml({f"key {k}": {"parts": [k, "two"]} for k in range(LONG // 10)})
    first, again = load_yaml(text), load_yaml(text)
    assert first == again
    first["key 3"]["parts"].append("mine")
    assert again["key 3"]["parts"] == load_yaml(text)["key 3"]["parts"] == [3, "two"]


def test_what_is_as_deep_as_is_allowed_is_read_from_deep_down() -> None:
    text = "a: " + "[" * (DEEPEST - 10) + "]" * (DEEPEST - 10) + "\nb: " + LONG * "y"

    def below(levels: int) -> Any:
        return below(levels - 1) if levels else load_yaml(text)

    assert set(below(400)) == {"a", "b"}


@pytest.mark.parametrize("name", ["𞤊𞤵𞤤𞤬𞤵𞤤𞤣𞤫", "Société d’eau", "هيئة", r"C:\Users\maps", "x\udcff"])
def test_letters_of_any_script_are_written_as_they_are(name: str) -> None:
    data: dict[str, Any] = {"z": name, "a": [1, 2.5, None, True]}
    text = dump_yaml(data)
    assert load_yaml(text) == data if name.isprintable() else r"\uDCFF" in text
    assert name in text or not name.isprintable()
    assert text.startswith("z:")
