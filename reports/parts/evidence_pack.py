"""The evidence for one order, as a zip for a dispute: what was paid, ordered, said and handed out, with its hashes.

    order.json      what the customer wanted and was told, and what the platform's own final read says
    payment.json    the gateway's book: every charge and refund
    goods.json      the operator's book: what was handed out, or failed
    told.json       what its customer was told through a message channel, and when; phone numbers masked
    messages.ndjson every exchange and notification, with times, outcome, and what is known of its signature
    timeline.en.md  timeline.zh.md    the same told to a person
    SHA256SUMS      of every file here (`sha256sum -c SHA256SUMS`), and of the journals that all of it was taken from

The same run gives the same bytes: entries carry no clock of their own.
"""

import hashlib
import json
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb

from harness.core.errors import UsageError
from reports.parts import finished, page, story, words
from reports.parts.because import because
from reports.parts.clean import one_line
from reports.parts.finished import Finished

BEIJING = timezone(timedelta(hours=8))
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TRUTHS = {"captured", "posted", "refunded", "closed"}
_GOODS = {"delivered", "failed"}
_FIELDS = (
    "vantage, kind, time_ns, order_no, ref, channel, account, sku, amount_fen, outcome, state, attempt, http_status,"
    " took_us, strikes, detail, recorder, seq"
)
_NAMED = _FIELDS.replace("\n", " ").replace(",", " ").split()
_EVENTS = f"SELECT {_FIELDS} FROM events WHERE intent = $intent ORDER BY time_ns, recorder, seq"  # noqa: S608
_WHOSE = """
SELECT intent FROM events WHERE order_no = $order AND intent IS NOT NULL
GROUP BY intent ORDER BY count(*) DESC, intent LIMIT 1
"""


def write(run_dir: Path, order: str, out: Path | None = None) -> Path:
    """Write the evidence of one order (its number, or `#` and its intent) and return the zip's path.

    Without `out` it is `evidence-<order>.zip` in the run directory.

    Raises:
        UsageError: the run has no verdict or no ledger, or knows no such order.
    """
    run = finished.read(run_dir)
    events = finished.ledger(run_dir)
    if events is None:
        raise UsageError(f"{run_dir} has no ledger; `recharge-chaos check {run_dir}` makes it")
    with events:
        intent = _intent(events, order)
        rows = [_row(raw) for raw in events.execute(_EVENTS, {"intent": intent}).fetchall()]
        told = story.of_intent(run, events, intent)
    files = {
        "order.json": _json(_order(run, intent, rows)),
        "payment.json": _json([row for row in rows if row["kind"] in _TRUTHS]),
        "goods.json": _json([row for row in rows if row["kind"] in _GOODS]),
        "told.json": _json([row for row in rows if row["kind"] == "sent"]),
        "messages.ndjson": "".join(_line(row) for row in rows if row["outcome"]),
        **{f"timeline.{lang}.md": _timeline(run, told, lang) for lang in words.LANGUAGES},
    }
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in order)[:64] or str(intent)
    path = out or run_dir / f"evidence-{name}.zip"
    _zip(path, {**files, "SHA256SUMS": _sums(files), "journals.sha256": _journals(run_dir)})
    return path


def _intent(events: duckdb.DuckDBPyConnection, order: str) -> int:
    if order.startswith("#") and order[1:].isdigit():
        found = events.execute(
            "SELECT min(intent) FROM events WHERE intent = $intent", {"intent": int(order[1:])}
        ).fetchone()
    else:
        found = events.execute(_WHOSE, {"order": order}).fetchone()
    if not found or found[0] is None:
        raise UsageError(f"the run knows no order {one_line(order, 80)!r}")
    return int(found[0])


def _row(raw: tuple[Any, ...]) -> dict[str, Any]:
    """Return an event with its times as people write them and what is known of its signature."""
    row = dict(zip(_NAMED, raw, strict=True))
    try:
        row["detail"] = json.loads(row["detail"] or "{}")
    except ValueError:
        row["detail"] = {}
    if row["vantage"] == "message":
        row["account"] = _masked(row["account"])
    at = datetime.fromtimestamp(row["time_ns"] // 1_000_000 / 1_000, UTC)
    row["time_utc"] = at.isoformat(timespec="milliseconds")
    row["time_beijing"] = at.astimezone(BEIJING).isoformat(timespec="milliseconds")
    row["signature"] = _signature(row)
    return row


def _masked(phone: str) -> str:
    """Return a customer's own phone number as it may be shown to others: 138****1234."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= len("13800001234") else "****"


def _signature(row: dict[str, Any]) -> str:
    """Return what the recorder knows of a message's signature.

    An upstream journals an exchange under its own kind only once it has verified the platform's signature; what it
    could not verify is journalled as `unreadable`. What it sends itself it has signed, unless a strike forged it.
    """
    if not row["outcome"]:
        return "none: a ledger's own row"
    if row["vantage"] not in {"gateway", "operator", "message"}:
        return "unsigned"
    if row["kind"] == "unreadable":
        return "refused"
    if row["kind"] == "pay":
        return "unsigned"
    if row["kind"] != "notify":
        return "verified by the upstream"
    forged = str(row["detail"].get("forged", "0")).lower() not in {"", "0", "false"}
    return "forged" if forged else "signed by the upstream"


def _order(run: Finished, intent: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    wish = next((r for r in rows if (r["vantage"], r["kind"]) == ("customer", "intent")), {})
    return {
        "run": run.verdict.run,
        "scenario": run.verdict.scenario,
        "target": run.verdict.target,
        "seed": run.verdict.seed,
        "time_scale": run.time_scale,
        "intent": intent,
        "order_no": sorted({r["order_no"] for r in rows if r["kind"] == "place" and r["order_no"]}),
        "wanted": {
            key: wish.get(key) for key in ("account", "sku", "channel", "amount_fen", "time_utc")
        },
        "placed": [r for r in rows if r["kind"] == "place"],
        "final_read": [r for r in rows if r["kind"] == "audit"],
        "strikes": sorted({strike for r in rows for strike in r["strikes"] or []}),
        "broke": [law.law for law in run.laws if any(f.intent == intent for f in law.findings)],
    }


def _timeline(run: Finished, told: story.Story, lang: str) -> str:
    """Return the order's history as Markdown, every row of it."""
    heads = " | ".join(
        words.say(f"story.{key}", lang)
        for key in ("at", "ledger", "what", "outcome", "ref", "strikes")
    )
    lines = [
        f"# {words.say('evidence.title', lang, order=one_line(told.order_no, 80))}",
        "",
        f"{words.say('run', lang)}: {one_line(run.verdict.run, 80)}",
        "",
        because(told)[lang],
        "",
        f"| {heads} |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in told.rows:
        ended = words.known("notify" if row.kind == "notify" else "outcome", row.outcome, lang)
        cells = (
            words.span(row.at_ms),
            words.known("lane", row.vantage, lang),
            page.told(row, lang),
            ended,
            " ".join(part for part in (row.order_no, row.ref) if part),
            ", ".join(row.strikes),
        )
        lines.append("| " + " | ".join(one_line(c, 120).replace("|", "\\|") for c in cells) + " |")
    return "\n".join(lines) + "\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, indent=1, sort_keys=True) + "\n"


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=True, sort_keys=True) + "\n"


def _sums(files: dict[str, str]) -> str:
    return "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
        for name, text in sorted(files.items())
    )


def _journals(run_dir: Path) -> str:
    """Return the hashes of the journals, so that the pack can be held against the run it came from."""
    paths = sorted((run_dir / "journals").glob("*.ndjson"))
    return "".join(f"{_digest(path)}  journals/{path.name}\n" for path in paths)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _zip(path: Path, files: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in sorted(files.items()):
            pack.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
