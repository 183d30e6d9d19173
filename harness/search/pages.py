"""The matrix on paper: matrix.json, matrix.md and matrix.html, which say the same."""

from html import escape
from pathlib import Path

import msgspec

from harness.search.matrix import Cell, Honest, Matrix

Rows = list[list[str]]

SICK = [
    "defect 缺陷",
    "scenario 场景",
    "seed",
    "outcome 结果",
    "by 规则",
    "orders 订单",
    "load s 负载秒",
    "also 另有",
]
WELL = ["scenario 场景", "runs 次数", "quiet 无误报", "false alarms 误报", "undecided 未定"]
WORDS = {
    "caught": "caught 抓到",
    "otherwise": "by other laws 由其他规则抓到",
    "missed": "MISSED 漏掉",
    "undecided": "undecided 未定",
    "broke": "no verdict 无结论",
}
UNFIT = ["scenario 场景", "why it is passed over 为何不适用"]
LATER = ["defect 缺陷", "what is missing 还缺什么"]
STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;
color:#1c2430;background:#fff}table{border-collapse:collapse;width:100%;margin:1rem 0 2rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d8dde5;vertical-align:top}
th{font-weight:600}code{font-size:.9em}.bad{font-weight:700;color:#a3341f}.scroll{overflow-x:auto}
@media(prefers-color-scheme:dark){body{color:#dfe5ee;background:#14181f}th,td{border-color:#333b47}.bad{color:#ff9d82}}
"""


def write(matrix: Matrix, folder: Path) -> list[Path]:
    """Write the three files and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "matrix.json": msgspec.json.format(msgspec.json.encode(matrix), indent=1).decode(),
        "matrix.md": markdown(matrix),
        "matrix.html": html(matrix),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def summary(matrix: Matrix) -> list[str]:
    """Return the matrix in a few sentences, English and Chinese."""
    defects = {cell.defect for cell in matrix.cells}
    caught = len(defects) - len(matrix.uncaught)
    alarms, runs = len(matrix.false_alarms), len(matrix.honest)
    died = matrix.canary_died
    soon = "-" if matrix.median_load_s is None else f"{matrix.median_load_s:g}"
    verdict, minutes = matrix.verdict, f"{matrix.wall_s / 60:.1f}"
    english = (
        f"Verdict {verdict}: {caught} of {len(defects)} defects caught by a law that claims them, in"
        f" {len(matrix.cells)} runs; {alarms} false alarms in {runs} honest runs. The canary {matrix.canary}"
        f" {'was caught' if died else 'was NOT caught: the harness is blind'}. The median defect was caught after"
        f" {soon} s of load. All of it took {minutes} minutes."
    )
    chinese = (
        f"结论 {verdict}：{len(matrix.cells)} 次带缺陷运行，{len(defects)} 个缺陷抓到 {caught} 个；"
        f"{runs} 次诚实运行，误报 {alarms} 次。金丝雀 {matrix.canary} {'已抓到' if died else '没有抓到，工具失明'}。"
        f"抓到缺陷所需负载时间的中位数为 {soon} 秒，总耗时 {minutes} 分钟。"
    )
    return [english, chinese]


def markdown(matrix: Matrix) -> str:
    """Return the matrix as Markdown."""
    parts = ["# The matrix of defects", *summary(matrix), f"Made by `{matrix.command}`."]
    parts += ["## Defects 缺陷", _table(SICK, [_sick(cell) for cell in matrix.cells])]
    parts += ["## The honest platform 诚实平台", _table(WELL, _well(matrix.honest))]
    if matrix.unfit:
        parts += ["## Passed over 不适用", _table(UNFIT, _pairs(matrix.unfit))]
    if matrix.out_of_reach:
        parts += ["## Out of reach 尚无场景", _table(LATER, _pairs(matrix.out_of_reach))]
    return "\n\n".join(parts) + "\n"


def html(matrix: Matrix) -> str:
    """Return the matrix as one page that needs nothing else."""
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in summary(matrix))
    sick = _html_table(
        SICK, [_sick(c) for c in matrix.cells], [c.outcome != "caught" for c in matrix.cells]
    )
    well = _well(matrix.honest)
    alarmed = {one.scenario for one in matrix.honest if one.outcome != "quiet"}
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>The matrix of defects 缺陷矩阵</title>'
        f"<style>{STYLE}</style><h1>The matrix of defects 缺陷矩阵</h1>{said}"
        f"<p><code>{escape(matrix.command)}</code></p><h2>Defects 缺陷</h2>{sick}"
        f"<h2>The honest platform 诚实平台</h2>{_html_table(WELL, well, [row[0] in alarmed for row in well])}"
        f"{_html_reasons('Passed over 不适用', UNFIT, matrix.unfit)}"
        f"{_html_reasons('Out of reach 尚无场景', LATER, matrix.out_of_reach)}</html>\n"
    )


def _sick(cell: Cell) -> list[str]:
    also = [f"{law} ({breach.findings})" for law, breach in cell.laws.items() if law != cell.by]
    by = f"{cell.by} ({cell.laws[cell.by].findings})" if cell.by else "-"
    orders = "-" if cell.orders is None else str(cell.orders)
    load_s = "-" if cell.load_s is None else f"{cell.load_s:.2f}"
    named = [cell.defect, cell.scenario, str(cell.seed), WORDS[cell.outcome]]
    return [*named, by, orders, load_s, ", ".join(also)]


def _well(runs: tuple[Honest, ...]) -> Rows:
    rows = []
    for name in dict.fromkeys(one.scenario for one in runs):
        mine = [one.outcome for one in runs if one.scenario == name]
        undecided = len(mine) - mine.count("quiet") - mine.count("false alarm")
        counts = (len(mine), mine.count("quiet"), mine.count("false alarm"), undecided)
        rows.append([name, *map(str, counts)])
    return rows


def _html_reasons(heading: str, columns: list[str], reasons: dict[str, str]) -> str:
    if not reasons:
        return ""
    return f"<h2>{heading}</h2>{_html_table(columns, _pairs(reasons), [False] * len(reasons))}"


def _pairs(reasons: dict[str, str]) -> Rows:
    return [[name, why] for name, why in sorted(reasons.items())]


def _table(head: list[str], rows: Rows) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines
    )


def _html_table(head: list[str], rows: Rows, bad: list[bool]) -> str:
    top = "".join(f"<th>{escape(cell)}" for cell in head)
    body = ""
    for row, wrong in zip(rows, bad, strict=True):
        body += "<tr class=bad>" if wrong else "<tr>"
        body += "".join(f"<td>{escape(cell)}" for cell in row)
    return f'<div class="scroll"><table><tr>{top}{body}</table></div>'
