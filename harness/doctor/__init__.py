"""Says whether a target file is right: one order of each kind through each gateway, and where its way breaks off.

staging.py    which orders and lines of a batch are placed
visit.py      starts the mocks and the target, places the orders, and gathers what everybody saw
follow.py     one order, followed to its end; follow_more.py a batch, and the reading of the bill
purse.py      a wallet: it is read, and an order paid from it; what is broken of that
facts.py      what was gathered of one order, of a batch, of the bill, of a wallet
diagnosis.py  facts -> the first broken step, or none: pure; beside.py of a batch and the bill
words.py      what each step says to people, in English and Chinese
told.py       the terminal's text, the request and its answer included
drafting.py   a commented target file from a few answers (`recharge-chaos init`)
dryrun.py     what a run would send and strike, and nothing sent
"""
