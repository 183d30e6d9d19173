"""A platform with a wallet of its own, as 卡盟 are: top-ups, orders paid from the balance, refunds into it.

Plain asyncio and SQLite, form fields in, JSON in yuan out; tests/platforms/test_purse.py tries it.
"""
