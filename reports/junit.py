"""junit.xml: a law is a test case, and so is a threshold; what could not be judged is an error, so CI is not green.

The first case is the run's own verdict, since a run can be INCONCLUSIVE although every law held.
Source: the JUnit XML shape that Jenkins and GitLab read: testsuites/testsuite/testcase with failure or error.
"""

from pathlib import Path
from xml.etree import ElementTree as ET

from harness.core.verdict import Verdict
from reports.parts import finished, page, words
from reports.parts.clean import clean, one_line
from reports.parts.findings import evidence, order_name
from reports.parts.finished import Finished, Law, both
from reports.parts.headline import headline

MOST_FINDINGS = 20
_TAGS = {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "error"}


def render(run_dir: Path, *, lang: str = "en") -> Path:
    """Write junit.xml into a finished run's directory and return its path.

    Raises:
        UsageError: the folder holds no verdict.
    """
    run = finished.read(run_dir)
    suite = ET.Element("testsuite", name=one_line(run.verdict.scenario, 200))
    _properties(suite, run)
    _case(
        suite,
        "verdict",
        run.verdict.verdict,
        headline(run)[lang],
        "\n".join(reason[lang] for reason in run.reasons),
    )
    for law in run.laws:
        _case(suite, f"law.{law.law}", law.verdict, _law_message(law, lang), _law_text(law, lang))
    for slo in run.verdict.slo:
        message = f"{slo.slo}: {words.say('slo.observed', lang)} {page.said_slo(slo, lang)}"
        _case(suite, f"slo.{slo.slo}", slo.verdict, message, "")
    _count(suite)
    root = ET.Element("testsuites", suite.attrib)
    root.append(suite)
    ET.indent(root)
    path = run_dir / "junit.xml"
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    return path


def _properties(suite: ET.Element, run: Finished) -> None:
    properties = ET.SubElement(suite, "properties")
    facts = {
        "run": run.verdict.run,
        "target": run.verdict.target,
        "defects": ", ".join(run.verdict.defects),
        "seed": str(run.verdict.seed),
        "time_scale": words.number(run.time_scale),
    }
    for name, value in facts.items():
        ET.SubElement(properties, "property", name=name, value=one_line(value, 200))


def _case(suite: ET.Element, name: str, verdict: Verdict, message: str, text: str) -> None:
    """Add one test case; `verdict` decides whether it failed, erred or passed."""
    case = ET.SubElement(
        suite, "testcase", classname=suite.attrib["name"], name=one_line(name, 200)
    )
    if verdict in _TAGS:
        ended = ET.SubElement(case, _TAGS[verdict], type=verdict, message=one_line(message, 500))
        ended.text = clean(text, 20_000)


def _law_message(law: Law, lang: str) -> str:
    counts = ", ".join(
        f"{words.say(word, lang)} {words.number(getattr(law, word))}"
        for word in ("cases", "held", "broken", "unknown")
    )
    return f"{both(law.title)[lang] or law.law}: {counts}"


def _law_text(law: Law, lang: str) -> str:
    lines = [both(law.why)[lang], both(law.reason)[lang]]
    for finding in law.findings[:MOST_FINDINGS]:
        said = one_line(both(finding.says)[lang], 500)
        number = "–" if finding.intent is None else finding.intent
        intent = f"{words.say('intent', lang)} {number}"
        lines.append(f"{order_name(finding)} ({intent}): {said} [{evidence(finding)}]")
    left = max(law.broken, len(law.findings)) - MOST_FINDINGS
    if law.findings and left > 0:
        lines.append(words.say("more", lang, n=left))
    return "\n".join(line for line in lines if line)


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
