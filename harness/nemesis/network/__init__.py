"""The network between the parties: TCP proxies in a process of their own, whose connections link faults strike."""
