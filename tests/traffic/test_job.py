import msgspec
import pytest

from harness.core.errors import HarnessError
from harness.traffic import job as jobs
from harness.traffic.crowd import Crowd, shop_of
from harness.traffic.job import Traffic
from tests.traffic.support import target, write_job

ARRIVALS = {"shape": "steady", "rate": "10/s", "for": "1s"}
PLACE = {"url": "http://127.0.0.1:9", "payer": "http://127.0.0.1:9/payer/pay"}


def traffic(**more):
    return msgspec.convert({"arrivals": ARRIVALS, **more}, Traffic)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"personas": {"pacient": 1}}, "did you mean 'patient'"),
        ({"personas": {"patient": -1}}, "at least 0"),
        ({"personas": {"patient": float("inf")}}, "at least 0"),
        ({"personas": {"patient": 0}}, "above 0"),
        ({"think": "long"}, "a duration such as"),
        ({"patients": {}}, "unknown field"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_nearest_name(more, says):
    with pytest.raises(msgspec.ValidationError, match=says):
        traffic(**more)


def test_a_job_survives_its_file(tmp_path):
    path = write_job(tmp_path, PLACE, {"arrivals": ARRIVALS, "personas": {"card_buyer": 2}})
    job = jobs.load(path)
    assert job.traffic == traffic(personas={"card_buyer": 2})
    assert job.market().channel("wechat_pay") == "wechat"
    assert job.intents().count == len(jobs.plan(job.traffic, 7)) == 10


def test_a_scenarios_traffic_makes_the_job():
    facts = {
        "run": "r",
        "seed": 1,
        "time_scale": 60.0,
        "journals": "j",
        "private": "p",
        "workers": 2,
    }
    payer = {"url": "http://127.0.0.1:9/payer/pay", "token": "t"}
    job = traffic().job(**facts, target=target("http://x"), payer=payer)
    assert (job.workers, job.payer.token, job.go_file) == (2, "t", "go")
    assert traffic().span_ms == 1000
    nothing = {**target("http://x"), "goods": []}
    with pytest.raises(ValueError, match="patient buys"):
        traffic().job(**facts, target=nothing, payer=payer)


def test_everybody_is_home_after_their_patience(tmp_path):
    path = write_job(tmp_path, PLACE, {"arrivals": ARRIVALS}, time_scale=60.0, answer_s=10.0)
    assert jobs.load(path).home_after_s() == 15 + 30 + 10 + 60
    path = write_job(tmp_path, PLACE, {"arrivals": ARRIVALS}, cap_s=3.0)
    assert jobs.load(path).home_after_s() == 3


def test_an_adapter_that_does_not_exist_is_named(tmp_path):
    job = jobs.load(
        write_job(tmp_path, PLACE, {"arrivals": ARRIVALS}, adapter="harness.nothing:at_all")
    )
    with pytest.raises(HarnessError, match="no adapter"):
        shop_of(job)


def test_a_worker_outside_the_crew_is_refused(tmp_path):
    job = jobs.load(write_job(tmp_path, PLACE, {"arrivals": ARRIVALS}))
    with pytest.raises(HarnessError, match="worker 2 of 2"):
        Crowd(job, 2, 2, lambda *_: None)
