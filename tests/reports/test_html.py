import re
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

import reports
from harness.core import event
from harness.core.errors import UsageError
from reports.parts import words
from tests.reports import finished_run as runs

VOID = {"meta", "link", "input", "br", "img"}


class Page(HTMLParser):
    """Reads a page as a browser would: balanced tags, texts, and every reference that could be fetched."""

    def __init__(self, text):
        super().__init__()
        self.text = text
        self.open = []
        self.ids = []
        self.tags = []
        self.references = []
        self.handlers = []
        self.cells = {}
        self.rows = []
        self.words = []
        self._data_key = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.references += [
            found[k] for k in ("src", "href", "data", "action", "xlink:href") if k in found
        ]
        self.handlers += [k for k in found if k.startswith("on")]
        self.ids += [found["id"]] if "id" in found else []
        key = next(
            ((k, v) for k, v in attrs if k in {"data-count", "data-yuan", "data-struck"}), None
        )
        if key:
            self.cells[key] = ""
            self._data_key = key
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"} and self.rows:
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.handlers += [k for k, _ in attrs if k.startswith("on")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes nothing"
        self._data_key = None

    def handle_data(self, data):
        self.words.append(data)
        if self._data_key:
            self.cells[self._data_key] += data.strip()
        if self.rows and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    return runs.build(tmp_path_factory.mktemp("html"))


def rendered(run_dir, lang="en"):
    return Page(reports.render("html", run_dir, lang=lang).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(run_dir):
    return rendered(run_dir)


def query(run_dir, sql):
    return duckdb.sql(sql.format(events=f"'{run_dir}/parquet/events.parquet'")).fetchall()


def test_the_page_is_whole_and_says_the_verdict(page):
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    text = "".join(page.words)
    assert "1 of 4 laws broken: 4 findings." in text
    assert "4 条规则中有 1 条被违反，共 4 处。" in text
    for section in ("verdict", "counts", "laws", "strikes", "time", "stories", "environment"):
        assert section in page.ids


def test_nothing_is_fetched_from_anywhere(page):
    assert page.references
    for reference in page.references:
        assert reference.startswith("#") or reference == "data:,", reference
    assert not re.search(r"url\((?!#)|@import|https?://", page.text)
    assert "default-src 'none'" in page.text


def test_every_link_inside_the_page_leads_somewhere(page):
    targets = {r[1:] for r in page.references if r.startswith("#")}
    assert targets <= set(page.ids)
    assert "story-i0" in targets


def test_counts_and_money_are_those_of_the_ledger(run_dir, page):
    captured = query(
        run_dir,
        "SELECT count(DISTINCT intent), sum(amount_fen) FROM {events} WHERE kind = 'captured'",
    )[0]
    delivered = query(
        run_dir, "SELECT count(DISTINCT intent) FROM {events} WHERE kind = 'delivered'"
    )[0][0]
    assert page.cells["data-count", "paid"] == str(captured[0])
    assert page.cells["data-yuan", "paid"] == f"¥{captured[1] / 100:,.2f}"
    assert page.cells["data-count", "delivered"] == str(delivered)
    assert page.cells["data-yuan", "delivered"] == f"¥{delivered * 49.90:,.2f}"


def test_struck_is_that_of_the_ledger(run_dir, page):
    struck = query(run_dir, "SELECT count(DISTINCT intent) FROM {events} WHERE len(strikes) > 0")[
        0
    ][0]
    assert page.cells["data-struck", runs.STRIKE] == str(struck)


def seconds(page):
    """Return the numbers behind the charts: {second: (placed, paid, delivered, p50, p95, delivered p95)}."""
    return {
        int(r[0][:-2]): r[1:] for r in page.rows if len(r) == 9 and re.fullmatch(r"\d+ s", r[0])
    }


@pytest.mark.parametrize(
    ("column", "kind", "more"),
    [(0, "place", "AND outcome = 'ok'"), (1, "captured", ""), (2, "delivered", "")],
)
def test_rates_are_those_of_the_ledger(run_dir, page, column, kind, more):
    rows = query(
        run_dir,
        f"SELECT (first - {runs.T0}) // 1000000000, count(*) FROM (SELECT min(time_ns) AS first FROM {{events}} "
        f"WHERE kind = '{kind}' {more} GROUP BY intent) GROUP BY 1",
    )
    shown = {at: int(row[column]) for at, row in seconds(page).items() if row[column] != "0"}
    assert shown == dict(rows)


def test_latencies_are_those_of_the_ledger(run_dir, page):
    took = query(
        run_dir,
        "SELECT took_us FROM {events} WHERE kind = 'place' AND intent < 20 ORDER BY 1",
    )
    shown = seconds(page)[0]
    assert shown[3] == words.span(took[9][0] / 1e3)
    assert shown[4] == words.span(took[18][0] / 1e3)
    waits = query(
        run_dir,
        "SELECT took_us FROM {events} WHERE kind = 'done' AND state = 'delivered' AND intent < 20 ORDER BY 1",
    )
    assert shown[5] == words.span(waits[-1][0] * runs.SCALE / 1e3)


def test_the_guilty_order_is_told_across_all_ledgers(page):
    text = "".join(page.words)
    story = text[text.index("订单 R202611210000") :]
    for told in (
        "place the order ¥49.90",
        "payment notice: paid ¥49.90",
        "money taken",
        "goods handed out",
        "final read: delivered",
    ):
        assert told in story
    assert story.count("⚡ three-at-once") >= 3
    assert page.tags.count("article") == 1


def test_equal_findings_are_told_once(page):
    text = "".join(page.words)
    assert text.count(runs.TWICE) == 1
    assert "4 orders" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_opens_in_the_language_that_was_asked_for(run_dir, lang):
    text = rendered(run_dir, lang).text
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in text
    assert f'id="lang-{lang}" value="{"zh-CN" if lang == "zh" else "en"}" checked' in text


def test_every_english_label_has_its_chinese_twin(page):
    english = page.text.count('<span lang="en">') + page.text.count('<text lang="en"')
    chinese = page.text.count('<span lang="zh">') + page.text.count('<text lang="zh"')
    assert english == chinese > 100


def test_whatever_an_orders_story_may_hold_is_told_in_words():
    """The schema's own list: `    customer  intent    one per intent`, further kinds of a vantage indented below it."""
    vantages, unsaid = [], []
    for line in event.__doc__.splitlines():
        begins = re.fullmatch(r" {4}([a-z]+(?: and [a-z]+)?) {2,}(\S.*)", line)
        goes_on = re.fullmatch(r" {14}(\S.*)", line)
        if begins:
            vantages = begins[1].split(" and ")
        told = begins[2] if begins else goes_on[1] if goes_on else ""
        kinds = re.match(r"((?:[a-z_]+ )+) ", told) or re.fullmatch(r"([a-z_]+)", told)
        for kind in kinds[1].split() if kinds else ():
            unsaid += [f"{one}.{kind}" for one in vantages if f"{one}.{kind}" not in words.LABELS]
    assert all(key.startswith(("nemesis.", "any.")) for key in unsaid), unsaid
    assert "customer.intent" in words.LABELS
    assert len(unsaid) == 7, "the phases, strikes and ends of a run, and of a journal"


def test_every_label_exists_in_both_languages_with_the_same_blanks():
    for key, (english, chinese) in words.LABELS.items():
        assert english, key
        assert chinese, key
        blanks = [set(re.findall(r"{(\w+)}", t)) for t in (*english.split("||"), chinese)]
        assert blanks[-2] == blanks[-1] or key.startswith("verdict."), key


def test_every_label_is_used_somewhere():
    folder = Path(reports.__file__).parent
    sources = "".join(
        p.read_text(encoding="utf-8")
        for p in folder.rglob("*")
        if p.suffix in {".py", ".html"} and not p.name.startswith("words_")
    )
    groups = {
        "state",
        "outcome",
        "notify",
        "lane",
        "customer",
        "gateway",
        "operator",
        "platform",
        "phase",
        "story",
    }
    groups |= {"loser", "node", "phase_of", "because", "message", "compare"}
    groups |= {"panel", "series", "counts", "latency", "severity", "verdict", "keyed"}
    verdicts = {"PASS", "FAIL", "INCONCLUSIVE"}
    unused = [
        key
        for key in words.LABELS
        if key not in verdicts
        and key.partition(".")[0] not in groups
        and not re.search(f"[\"']{re.escape(key)}[\"']", sources)
    ]
    assert unused == []


def hostile(run_dir):
    found = runs.read_verdict(run_dir)
    found["scenario"] = found["target"] = runs.TRAPS
    found["reasons"] = [runs.TRAPS]
    found["laws"][1]["title"] = {"en": runs.TRAPS, "zh": runs.TRAPS}
    found["laws"][1]["findings"] = [
        runs.finding(runs.TRAPPED, runs.TRAPS + "\ud800", runs.TRAPS + "\udfff" + "y" * 100_000),
        runs.finding(3, "العربية\u202e", "<b>bold</b>"),
    ]
    found["strikes"][0]["id"] = runs.TRAPS
    found["phases"][1]["phase"] = "load"
    runs.write_verdict(run_dir, found)


def test_hostile_strings_neither_run_nor_break_the_page(tmp_path):
    run_dir = runs.build(tmp_path)
    hostile(run_dir)
    page = rendered(run_dir)
    assert page.open == []
    assert page.tags.count("script") == 2  # its own, and its data
    assert "img" not in page.tags
    assert not any(word == "bold" for word in page.words)
    assert page.handlers == []
    assert "⟨U+202E⟩" in page.text
    assert "⟨U+D800⟩" in page.text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", page.text)
    assert "y" * 5_000 not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


def test_ten_thousand_findings_stay_small(tmp_path):
    run_dir = runs.build(tmp_path)
    found = runs.read_verdict(run_dir)
    law = found["laws"][1]
    law["findings"] = [runs.finding(i, says=f"ordered 1, delivered {i}") for i in range(10_000)]
    law["broken"] = law["cases"] = 10_000
    runs.write_verdict(run_dir, found)
    page = rendered(run_dir)
    assert len(page.text.encode()) < 1_000_000
    assert "the first 200 of 10,000 are shown" in "".join(page.words)


def test_an_hour_long_run_stays_below_eight_mebibytes(tmp_path):
    run_dir = runs.build(tmp_path, intents=10)
    target = run_dir / "parquet" / "events.parquet"
    duckdb.sql(
        f"""COPY (
        SELECT k.kind AS kind, k.vantage AS vantage, {runs.T0} + i * 36000000 + k.after AS time_ns, i AS intent,
               'R' || i AS order_no, '' AS ref, '' AS channel, '' AS account, '' AS sku, 4990::BIGINT AS amount_fen,
               'ok' AS outcome, if(k.kind = 'done', 'delivered', '') AS state, 1 AS attempt, 200 AS http_status,
               9000::BIGINT AS took_us, []::VARCHAR[] AS strikes, '{{}}'::JSON AS detail, 'r' AS recorder, i AS seq
        FROM range(100000) r(i), (VALUES ('intent', 'customer', 0), ('place', 'customer', 1000), ('captured', 'gateway',
             200000000), ('delivered', 'operator', 900000000), ('done', 'customer', 990000000)) k(kind, vantage, after)
        ) TO '{target}' (FORMAT parquet)"""
    )
    page = rendered(run_dir)
    assert len(page.text.encode()) < 8 * 2**20
    shown = seconds(page)
    assert 600 < len(shown) <= 721
    assert sum(float(row[0]) for row in shown.values()) * 6 == pytest.approx(100_000, rel=0.01)


def test_a_run_without_ledger_is_still_rendered(tmp_path):
    run_dir = runs.build(tmp_path, intents=3)
    (run_dir / "parquet" / "events.parquet").unlink()
    (run_dir / "environment.json").unlink()
    (run_dir / "plan.json").write_text("{")
    text = "".join(rendered(run_dir).words)
    assert "No ledger of this run could be read." in text
    assert "It was not recorded." in text


def test_a_ledger_that_is_no_parquet_is_no_crash(tmp_path):
    run_dir = runs.build(tmp_path, intents=3)
    (run_dir / "parquet" / "events.parquet").write_bytes(b"torn")
    assert "No ledger of this run could be read." in "".join(rendered(run_dir).words)


@pytest.mark.parametrize("content", [None, "{", "[]", '{"verdict": "MAYBE"}'])
def test_a_folder_without_verdict_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "verdict.json").write_text(content)
    with pytest.raises(UsageError, match="verdict"):
        reports.render("html", tmp_path)


def test_the_least_verdict_that_the_checker_writes_is_rendered(tmp_path):
    runs.write_verdict(
        tmp_path,
        {
            "verdict": "INCONCLUSIVE",
            "reasons": ["gone"],
            "reasons_zh": ["没了"],
            "laws": [],
            "load": {},
            "counts": {},
        },
    )
    page = rendered(tmp_path)
    assert page.open == []
    assert "gone" in "".join(page.words)


def test_without_a_breach_a_struck_order_is_told(tmp_path):
    run_dir = runs.build(tmp_path)
    found = runs.read_verdict(run_dir)
    found["laws"] = [one for one in found["laws"] if one["verdict"] == "PASS"]
    found["verdict"] = "PASS"
    runs.write_verdict(run_dir, found)
    text = "".join(rendered(run_dir).words)
    assert "No law was broken; this order was struck." in text
    assert "All 2 laws were judged and held." in text
