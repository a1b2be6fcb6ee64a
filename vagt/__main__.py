"""`python -m vagt`."""

from vagt.cli import main

main()
