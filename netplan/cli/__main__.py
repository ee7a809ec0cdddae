from netplan.cli import app

app()
