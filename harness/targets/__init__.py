"""How to talk to a platform under test and control it, described in YAML (see docs/targets.md)."""
