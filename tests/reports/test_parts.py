import pytest

import reports
from harness.invariants.judge import judge
from reports.parts import chart, clean, commands, diagram, finished, series, story, words
from tests.reports import finished_run as runs


def row(vantage, kind, at_ms, **fields):
    return story.Row(vantage=vantage, kind=kind, at_ms=at_ms, **fields)


def told(rows, marks=()):
    return story.Story(
        intent=1,
        order_no="R1",
        laws=[],
        rows=rows,
        folded=story.fold(rows),
        marks=list(marks),
        cut=0,
        strikes=[],
    )


@pytest.mark.parametrize(
    ("ms", "text"),
    [(None, "–"), (0, "0 ms"), (12.34, "12.3 ms"), (999.7, "1.00 s"), (3_200, "3.20 s"), (59_999, "1 min 00 s"),
     (245_000, "4 min 05 s"), (7_380_000, "2 h 03 min"), (-1_500, "-1.50 s")],
)  # fmt: skip
def test_spans_are_written_in_at_most_two_units(ms, text):
    assert words.span(ms) == text


@pytest.mark.parametrize(
    ("fen", "text"), [(None, "–"), (0, "¥0.00"), (123456, "¥1,234.56"), (-5, "-¥0.05")]
)
def test_money_is_written_in_yuan(fen, text):
    assert words.yuan(fen) == text


def test_axis_spans_are_short():
    assert [words.axis_span(ms) for ms in (0, 500, 20_000, 90_000, 7_200_000)] == [
        "0",
        "500 ms",
        "20 s",
        "1.5 min",
        "2 h",
    ]


def test_what_cannot_be_seen_is_shown_by_its_code_point():
    assert clean.clean("a\u202eb\x00\ud800") == "a⟨U+202E⟩b⟨U+0000⟩⟨U+D800⟩"
    assert clean.clean("充值 é 🎮\n\t") == "充值 é 🎮\n\t"
    assert clean.one_line("a\n b", 9) == "a b"
    assert clean.clean("abc", 2) == "ab…"


def test_equal_reads_in_a_row_are_folded_and_others_are_not():
    reads = [
        row("customer", "status", n, state=s, outcome="ok")
        for n, s in enumerate(["paid", "paid", "delivered", "paid"])
    ]
    assert [(r.state, r.times) for r in story.fold(reads)] == [
        ("paid", 2),
        ("delivered", 1),
        ("paid", 1),
    ]


def test_a_struck_read_is_never_folded():
    reads = [row("operator", "query", n, outcome="ok", strikes=("s",)) for n in range(3)]
    assert len(story.fold(reads)) == 3


def test_a_payment_is_drawn_once_unless_it_was_struck():
    both = [row("customer", "pay", 1), row("gateway", "pay", 1)]
    assert [r.vantage for r in story.fold(both)] == ["customer"]
    struck = [row("customer", "pay", 1), row("gateway", "pay", 1, strikes=("s",))]
    assert [r.vantage for r in story.fold(struck)] == ["customer", "gateway"]


@pytest.mark.parametrize(
    ("vantage", "kind", "ends"),
    [("customer", "place", ("customer", "platform")), ("customer", "pay", ("customer", "gateway")),
     ("gateway", "create", ("platform", "gateway")), ("gateway", "notify", ("gateway", "platform")),
     ("gateway", "pay", ("customer", "gateway")), ("operator", "submit", ("platform", "operator")),
     ("operator", "notify", ("operator", "platform"))],
)  # fmt: skip
def test_arrows_go_from_who_spoke_to_who_heard(vantage, kind, ends):
    beat = diagram.draw(told([row(vantage, kind, 1)])).beats[0]
    assert (beat.x1, beat.x2) == tuple(diagram.LANES[end] for end in ends)


def test_silences_and_phases_are_drawn_between_the_events():
    rows = [
        row("customer", "place", 0),
        row("gateway", "captured", 20_000),
        row("platform", "audit", 60_000),
    ]
    beats = diagram.draw(
        told(rows, [story.Mark("heal", 30_000), story.Mark("audit", 50_000)])
    ).beats
    assert [b.what for b in beats] == ["arrow", "pause", "truth", "phase", "truth"]
    assert beats[3].phases == ("heal", "audit")
    assert [b.y for b in beats] == sorted(b.y for b in beats)


def bucket(at_s, p95):
    return series.Bucket(at_s=at_s, placed=1, paid=0, delivered=0, place_p50_ms=5, place_p95_ms=p95)


def drawn(*p95s):
    buckets = [bucket(i, p95) for i, p95 in enumerate(p95s)]
    return chart.draw(
        series.Series(bucket_s=1, buckets=buckets, phases=[], strikes=[], end_s=float(len(buckets)))
    )


def test_lines_break_where_nothing_was_measured():
    line = drawn(5, None, 5, 6).panels[1].lines[1]
    assert line.path.count("M") == 2
    assert line.path.count("L") == 1


def test_a_few_huge_latencies_do_not_flatten_the_rest():
    assert drawn(5, 6, 9_000).panels[1].is_log
    assert not drawn(5, 6, 90).panels[1].is_log


def test_an_axis_ends_above_what_was_measured():
    for most in (0.4, 1, 3, 7, 19, 20, 21, 99, 101):
        panel = drawn(most).panels[1]
        assert panel.ticks[-1].value >= most
        assert 2 <= len(panel.ticks) <= 7


def test_replay_adds_the_seed_only_where_it_is_missing(tmp_path):
    run_dir = runs.build(tmp_path, intents=1)
    run = finished.read(run_dir)
    assert (
        commands.replay(run)
        == "recharge-chaos run scenarios/duplicate_notify.yaml --defect read_then_write --seed 42"
    )
    run.environment["argv"] = ["/opt/x/recharge-chaos", "run", "a b.yaml", "--seed=7"]
    assert commands.replay(run) == "recharge-chaos run 'a b.yaml' --seed=7"
    run.environment["argv"] = ["harness", "demo"]
    assert commands.replay(run) == f"recharge-chaos run {run_dir}/scenario.yaml --seed 42"


def test_goods_that_went_astray_are_part_of_the_story(tmp_path):
    run_dir = runs.build(tmp_path, intents=2)
    with finished.ledger(run_dir) as events:
        events.execute(
            "CREATE TABLE changed AS SELECT * REPLACE (if(astray, NULL, intent) AS intent, "
            "if(astray, '13899999999', account) AS account) "
            "FROM (SELECT *, kind = 'delivered' AND intent = 1 AS astray FROM events)"
        )
        events.execute("CREATE OR REPLACE VIEW events AS SELECT * FROM changed")
        run = finished.read(run_dir)
        guilty = finished.Law(law="right_account", broken=1, findings=[finished.Finding(intent=1)])
        verdict = finished.VerdictFile(laws=[guilty], phases=run.verdict.phases)
        run = finished.Finished(folder=run_dir, verdict=verdict, plan=None, environment={})
        [found] = story.of_run(run, events)
    astray = [r for r in found.rows if r.kind == "delivered"]
    assert [(r.account, r.astray) for r in astray] == [("13899999999", True)]


def test_one_order_that_broke_two_laws_is_told_once(tmp_path):
    run_dir = runs.build(tmp_path, intents=4)
    run = finished.read(run_dir)
    laws = [
        finished.Law(law="a", broken=1, findings=[finished.Finding(intent=1)]),
        finished.Law(
            law="b", broken=2, findings=[finished.Finding(intent=1), finished.Finding(intent=2)]
        ),
        finished.Law(law="c", broken=1, findings=[finished.Finding(order_no="R202611210003")]),
    ]
    verdict = finished.VerdictFile(laws=laws)
    changed = finished.Finished(folder=run_dir, verdict=verdict, plan=None, environment={})
    with finished.ledger(run.folder) as events:
        stories = story.of_run(changed, events)
    assert {s.order_no: len(s.laws) for s in stories} == {"R202611210001": 2, "R202611210003": 1}


def test_what_the_checker_really_writes_is_rendered_by_every_format(tmp_path):
    run_dir = runs.build(tmp_path)
    verdict = judge(run_dir)
    assert verdict["verdict"] == "FAIL"
    for name in reports.formats():
        made = reports.render(name, run_dir)
        text = made if isinstance(made, str) else made.read_text(encoding="utf-8")
        assert "no_duplicate_delivery" in text, name
        assert "R202611210015" in text, name


def test_formats_are_found_by_listing_the_folder():
    assert {"html", "junit", "terminal"} <= set(reports.formats())


def test_a_long_story_says_what_its_picture_leaves_out(tmp_path):
    run_dir = runs.build(tmp_path, intents=1)
    with finished.ledger(run_dir) as events:
        events.execute(
            "CREATE TABLE long AS SELECT * REPLACE (time_ns + i AS time_ns) "
            "FROM events, range(60) r(i) WHERE kind = 'captured'"
        )
        events.execute("CREATE OR REPLACE VIEW events AS SELECT * FROM long")
        [found] = story.of_run(finished.read(run_dir), events)
    assert (len(found.rows), len(found.folded), found.undrawn) == (60, 48, 12)


@pytest.mark.parametrize(
    ("most_ms", "ticks"),
    [
        (226_000, ["0", "1 min", "2 min", "3 min", "4 min"]),
        (50 * 60_000, ["0", "10 min", "20 min", "30 min", "40 min", "50 min"]),
        (59_000, ["0", "20 s", "40 s", "1 min"]),
        (8 * 86_400_000, ["0", "48 h", "96 h", "144 h", "192 h"]),
    ],
)
def test_an_axis_of_time_has_ticks_that_people_say(most_ms, ticks):
    bucket = series.Bucket(at_s=0, placed=1, paid=1, delivered=1, delivered_p95_ms=most_ms)
    drawn = chart.draw(
        series.Series(bucket_s=1, buckets=[bucket], phases=[], strikes=[], end_s=1.0)
    )
    panel = next(p for p in drawn.panels if p.name == "delivered")
    assert [words.axis_span(tick.value) for tick in panel.ticks] == ticks


def test_a_replay_needs_no_live_page(tmp_path):
    run = finished.read(runs.build(tmp_path, intents=1))
    argv = ["recharge-chaos", "run", "s.yaml", "--live", "--live-port", "9464", "--seed", "7"]
    run.environment["argv"] = argv
    assert commands.replay(run) == "recharge-chaos run s.yaml --seed 7"
    run.environment["argv"] = ["recharge-chaos", "run", "s.yaml", "--live-port=9464", "--seed=7"]
    assert commands.replay(run) == "recharge-chaos run s.yaml --seed=7"
