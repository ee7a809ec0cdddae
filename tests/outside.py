"""Tools that tests run as processes of their own: their licences keep them out of ours, or they are not Python's."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

TOOLS = {"ofds": "libcoveofds==0.10.0", "sheets": "formulas[excel]==1.3.4"}
"""Validator of the Open Fibre Data Standard (AGPL), calculator of workbooks (EUPL)."""
RECALCULATE = """
import json, sys
import formulas
answers, sys.stdout = sys.stdout, sys.stderr
for workbook in sys.stdin:
    cells = formulas.ExcelModel().loads(json.loads(workbook)).finish().calculate()
    out = {}
    for name, cell in cells.items():
        value = getattr(cell, "value", None)
        if value is not None and getattr(value, "size", 0) == 1:
            value = value[0, 0]
            out[str(name).replace("'", "")] = value if isinstance(value, str) else float(value)
    print(json.dumps(out), file=answers, flush=True)
"""


def tool_folder(cache: pytest.Cache, name: str) -> Path:
    """The environment of one tool, made when first asked for and kept with pytest's cache."""
    home = cache.mkdir(f"tool-{name}")
    done = home / "-".join([*re.findall(r"[\w.]+", TOOLS[name]), "done"])
    with open(home / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes, and one of them makes it
        if not done.exists():
            shutil.rmtree(home / "env", ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home / "env")], check=True)
            # Our own pip serves, and what the tool never imports need not be compiled.
            pip = [sys.executable, "-m", "pip", "--python", str(home / "env" / "bin" / "python")]
            install = [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-compile", TOOLS[name]]
            subprocess.run(install, check=True, timeout=600)
            done.touch()
    return home / "env" / "bin"


def ofds(cache: pytest.Cache, command: str, *files: Path) -> Any:
    """What the validator says: its JSON, or None for commands that write files."""
    program = tool_folder(cache, "ofds") / "libcoveofds"
    done = subprocess.run([str(program), command, *map(str, files)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout) if done.stdout.strip() else None


@contextmanager
def calculator(cache: pytest.Cache) -> Iterator[Callable[[Path], dict[str, Any]]]:
    """Works a workbook out anew: cell (`[file.xlsx]SHEET!A1`) -> what its formula comes to.

    One process for all of them: it takes longer to load than to calculate.
    """
    program = tool_folder(cache, "sheets") / "python"
    with subprocess.Popen(
        [str(program), "-c", RECALCULATE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        asked, answers = process.stdin, process.stdout
        assert asked is not None and answers is not None

        def recalculated(workbook: Path) -> dict[str, Any]:
            print(json.dumps(str(workbook)), file=asked, flush=True)
            return dict(json.loads(answers.readline()))

        yield recalculated
