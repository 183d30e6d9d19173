"""`python -m harness` is `recharge-chaos`."""

from harness.cli import main

if __name__ == "__main__":  # a process that runs errands reads this file again, by another name
    main()
