"""The doctor's visit with real processes: whole platforms are found whole, and what was broken on purpose is named."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "tests" / "platforms" / "card_shop"
pytestmark = pytest.mark.smoke

WRONG_KEY = (
    "import json,pathlib,runpy,sys; p=pathlib.Path(sys.argv[1]); c=json.loads(p.read_text());"
    " c['gateways']['epay']['key']='x'*32; c['base_url']=sys.argv[2] or c['base_url'];"
    " q=p.with_name('other.json'); q.write_text(json.dumps(c));"
    " sys.argv=['shop','--port',sys.argv[3],'--config',str(q),'--db',sys.argv[4],'--stock',sys.argv[5]];"
    " runpy.run_module('tests.platforms.card_shop', run_name='__main__')"
)

ENDS_AT_FIRST_ORDER = """
import sqlite3, subprocess, sys, time
shop = subprocess.Popen([sys.executable, "-m", "tests.platforms.card_shop", *sys.argv[1:]])
ends = time.monotonic() + 30
while time.monotonic() < ends:
    try:
        with sqlite3.connect(sys.argv[sys.argv.index("--db") + 1]) as db:
            if db.execute("SELECT number FROM orders").fetchone():
                break
    except sqlite3.OperationalError:
        pass
    time.sleep(0.02)
shop.kill()
print("worker: no module named queue", flush=True)
sys.exit(1)
"""


def doctor(target, *arguments):
    command = [sys.executable, "-m", "harness", "doctor", target, "--within", "15", *arguments]
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def broken_shop(folder, old, new):
    text = (SHOP / "card_shop.yaml").read_text(encoding="utf-8")
    assert old in text
    text = text.replace("{{folder}}/stock.txt", str(SHOP / "stock.txt")).replace(old, new)
    (folder / "stock.txt").write_text((SHOP / "stock.txt").read_text(encoding="utf-8"), "utf-8")
    (folder / "shop.yaml").write_text(text.replace("{folder: defects,", "{folder: .,"), "utf-8")
    return folder / "shop.yaml"


def reference(folder, *changes):
    """Write the reference platform's target file with mistakes in it."""
    text = (ROOT / "scenarios" / "targets" / "reference.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    defects = str(ROOT / "harness" / "targets" / "reference" / "defects")
    text = text.replace("../../harness/targets/reference/defects", defects)
    (folder / "ours.yaml").write_text(text, encoding="utf-8")
    return folder / "ours.yaml"


def test_the_reference_platform_is_whole():
    code, said = doctor("reference")
    assert code == 0, said
    assert "✓ batch × epay: whole\n✓ bill: whole\n10 of 10 chains are whole.\n" in said
    assert "Next: recharge-chaos suite smoke --target reference" in said


def test_a_platform_with_a_wallet_is_whole_and_what_is_wrong_with_it_is_named(tmp_path):
    purse = ROOT / "tests" / "platforms" / "purse" / "purse.yaml"
    code, said = doctor(purse)
    assert code == 0, said
    assert "✓ cz100 (topup) × epay: whole\n" in said
    assert "✓ wallet: whole\n4 of 4 chains are whole.\n" in said
    text = purse.read_text(encoding="utf-8")
    assert "消费: paid" in text
    text = text.replace("消费: paid", "支出: paid").replace("defects, argument", "., argument")
    (tmp_path / "purse.yaml").write_text(text, encoding="utf-8")
    code, said = doctor(tmp_path / "purse.yaml")
    assert code == 1
    assert "✗ wallet: [wallet_kinds] The wallet names the order K" in said


def test_a_batch_and_a_bill_that_are_not_there_are_named(tmp_path):
    target = reference(tmp_path, ("post: /api/batches", "post: /api/bulk"), ("/api/bill", "/bills"))
    code, said = doctor(target)
    assert code == 1
    assert "✗ batch × epay: [refused] The platform refused batch: HTTP 404." in said
    assert "✗ bill: [refused] The platform refused bill: HTTP 404." in said
    assert "/api/bulk" in said
    assert "/bills?day=" in said
    assert "8 of 10 chains are whole." in said


def test_a_list_that_names_orders_by_another_number_is_named(tmp_path):
    target = reference(tmp_path, ('"orders[*].order_no"', '"orders[*].amount_fen"'))
    code, said = doctor(target)
    assert code == 1
    assert "[order_unlisted] The customer's own list has 1 numbers, the first " in said


def test_counts_and_amounts_that_are_read_wrongly_are_named(tmp_path):
    kinds = "  kinds: {payment: paid"
    wrong = ("{delivered: delivered, failed: failed", "{delivered: failed, failed: failed")
    target = reference(tmp_path, wrong, (kinds, f"  money: yuan\n{kinds}"))
    code, said = doctor(target)
    assert code == 1
    assert "✗ batch × epay: [batch_counts] Of 2 lines that were paid" in said
    assert "✗ bill: [bill_unit] The amount is off by 100" in said


def test_the_card_shop_is_whole_and_said_so_in_chinese():
    code, said = doctor(SHOP / "card_shop.yaml", "--lang", "zh")
    assert code == 0, said
    assert "1 条链路中 1 条完整。" in said


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("money: yuan", "money: fen", "amount_unreadable"),
        ("已完成: delivered", "发货完毕: delivered", "state_unknown"),
        ("css: li.card", "css: li.no", "no_cards"),
        ('form_of: "form#login"', 'form_of: "form#signin"', "no_form"),
    ],
)
def test_a_broken_target_file_is_named(tmp_path, old, new, step):
    old = old.replace("css: li.card", 'css: "li.card"')
    target = broken_shop(tmp_path, old, new)
    code, said = doctor(target)
    assert code == 1
    assert f"[{step}]" in said


def test_a_wrong_key_at_the_gateway_is_named(tmp_path):
    target = broken_shop(tmp_path, "handles_within: 200ms", "handles_within: 200ms")
    head, _, tail = target.read_text(encoding="utf-8").partition("  start: ")
    words = ["{{python}}", "-c", WRONG_KEY, "{{private}}/upstreams.json", "", "{{port}}"]
    words += ["{{run}}/shop.sqlite", str(SHOP / "stock.txt")]
    rest = tail.partition("]\n")[2]
    target.write_text(f"{head}  start: {json.dumps(words)}\n{rest}", encoding="utf-8")
    code, said = doctor(target)
    assert code == 1
    assert "[gateway_signature]" in said
    assert "epay" in said


def test_a_platform_that_ends_after_it_was_healthy_is_named_with_its_last_words(tmp_path):
    target = broken_shop(tmp_path, "handles_within: 200ms", "handles_within: 200ms")
    told = '["{{python}}", -m, tests.platforms.card_shop,'
    text = target.read_text(encoding="utf-8")
    assert told in text
    (tmp_path / "ends.py").write_text(ENDS_AT_FIRST_ORDER, encoding="utf-8")
    wrapped = '["{{python}}", -c, "exec(open(\'{{folder}}/ends.py\').read())",'
    target.write_text(text.replace(told, wrapped), encoding="utf-8")
    code, said = doctor(target)
    assert code == 1
    assert "[platform_ended]" in said
    assert "worker: no module named queue" in said


def test_a_platform_that_is_not_there_is_said_with_its_address(tmp_path):
    command = [sys.executable, "-m", "harness", "init", str(tmp_path / "t.yaml"), "--yes"]
    command += ["--base-url", "http://127.0.0.1:9"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=30)
    code, said = doctor(tmp_path / "t.yaml")
    assert code == 1
    assert "[no_connection]" in said
    assert "http://127.0.0.1:9" in said
    assert '"password":"***"' in said
