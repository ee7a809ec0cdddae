"""``python -m netplan``: the command line where the ``netplan`` script is not on the path."""

from netplan.cli import app

app(prog_name="netplan")
