"""Every command with its arguments and options, from the command line itself."""

from __future__ import annotations

import re
from typing import Any

import click
import typer

from netplan.cli import app
from netplan.reference.markdown import code, page, table

INTRO = """`PROJECT` is a folder with `netplan.yaml` or a YAML file. Exit codes: 0 done; 1 infeasible, stopped without a
plan, or (verify) a rule that does not hold; 2 the input is wrong; 3 an internal fault."""


def commands_page() -> str:
    """The page: a section for each command, in order of name."""
    group = typer.main.get_command(app)
    commands = getattr(group, "commands", {})
    return page("Commands", INTRO, [_section(name, commands[name]) for name in sorted(commands)])


def _section(name: str, command: Any) -> str:
    context = click.Context(command, info_name=f"netplan {name}")
    rows = []
    for one in command.params:
        if isinstance(one, click.Argument) or getattr(one, "param_type_name", "") == "argument":
            written = one.name.upper() if one.required else f"[{one.name.upper()}]"
        else:
            written = ", ".join([*one.opts, *one.secondary_opts])
        default = one.default if isinstance(one.default, str | int | float | bool) else ""
        rows.append((code(written), str(getattr(one, "help", None) or ""), code(str(default))))
    usage = re.sub(r"\{(\w+)\}", lambda name: name[1].upper(), " ".join(command.get_usage(context).split()))
    said = " ".join((command.help or "").split())
    options = table(("argument or option", "meaning", "default"), rows) if rows else ""
    return f"## netplan {name}\n\n{said}\n\n```\n{usage}\n```\n\n{options}".rstrip()
