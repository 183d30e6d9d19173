"""`python -m harness` is `recharge-chaos`."""

from harness.cli import main

main()
