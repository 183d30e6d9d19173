"""Writes the README's inventory from the code: `python -m tests.readme`. A test holds the files against it."""

import re
import sys
from pathlib import Path

from harness import inventory

ROOT = Path(__file__).parent.parent
HEADS = {
    "README.md": {
        "faults": "Faults",
        "laws": "Laws",
        "personas": "Personas",
        "gateways": "Gateways",
        "operators": "Operators",
        "scenarios": "Scenarios",
        "defects": "Defects of the reference platform",
    },
    "README.zh.md": {
        "faults": "故障",
        "laws": "规则",
        "personas": "顾客",
        "gateways": "支付渠道",
        "operators": "上游",
        "scenarios": "场景",
        "defects": "参考平台的缺陷",
    },
}
BLOCK = re.compile(r"(<!-- inventory -->\n).*?(<!-- /inventory -->)", re.DOTALL)


def table(file):
    """Return one README's inventory as a Markdown table: a row a kind."""
    first = "kind" if file == "README.md" else "类别"
    second = "names" if file == "README.md" else "名称"
    rows = [f"| {first} | {second} |", "|---|---|"]
    for kind, head in HEADS[file].items():
        names = [row["name"] for row in inventory.listed(kind, "reference")]
        rows.append(f"| {head} | {', '.join(f'`{name}`' for name in names)} |")
    return "\n".join(rows) + "\n"


def written(file):
    """Return one README with its inventory as the code has it now."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return BLOCK.sub(lambda m: m[1] + table(file) + m[2], text)


if __name__ == "__main__":
    for name in HEADS:
        (ROOT / name).write_text(written(name), encoding="utf-8")
        sys.stdout.write(f"{name}\n")
