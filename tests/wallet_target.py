"""The scenarios that ship and need a platform with a wallet, which the reference platform is not; and one that is."""

from pathlib import Path

PURSE = Path(__file__).parent / "platforms" / "purse" / "purse.yaml"
OF_WALLETS = {"i33_balance_in_a_wallet": PURSE}
