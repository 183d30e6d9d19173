import pytest

from harness.traffic import personas
from harness.traffic.personas import Circumstances
from harness.traffic.steps import (
    Heard,
    Line,
    Pay,
    PayLink,
    Place,
    PlaceBatch,
    Status,
    Together,
    Wait,
)

MINUTE_MS = 60_000
THINK_MS, PATIENCE_MS, EXPIRY_MS = 20_000, 30 * MINUTE_MS, 15 * MINUTE_MS
PLACED = Heard(outcome="ok", http_status=200, order_no="A1", amount_fen=4990, pay_url="pay:A1")
PAID = Heard(outcome="ok", amount_fen=4990)
LOST = Heard(outcome="unknown")
LINK = Heard(outcome="ok", pay_url="pay:other")


def seen(state, *cards):
    return Heard(outcome="ok", http_status=200, state=state, cards=cards)


class World:
    """Answers a persona from lists, one for each kind of deed; the last answer of a list is repeated."""

    def __init__(self, **answers):
        defaults = {
            "Place": [PLACED],
            "Pay": [PAID],
            "Status": [seen("delivered", "c")],
            "PayLink": [LINK],
            "Resend": [seen("paid")],
            "Cancel": [seen("")],
            "Complain": [seen("paid")],
            "Guess": [seen("")],
            "Intrude": [seen("")],
            "Ticket": [seen("open")],
            "TicketState": [seen("closed")],
            "Trespass": [seen("paid")],
            "Borrow": [Heard(outcome="fail", http_status=200)],
            "Swap": [Heard(outcome="fail", http_status=409)],
            "Meddle": [Heard(outcome="fail", http_status=404)],
            "ComeBack": [seen("")],
            "ReadWallet": [Heard(outcome="ok", balance_fen=10_000)],
            "WalletPay": [Heard(outcome="ok")],
            "PlaceBatch": [[PLACED]],
            "BatchStatus": [seen("done")],
        }
        self.answers = {**defaults, **answers}
        self.steps = []
        self.clock_ms = 0.0

    def live(self, name, intent=1, *, pay_link=True, most=1):
        its = Circumstances(
            seed=7,
            intent=intent,
            gateway="epay",
            gateways=("epay", "wechat_pay"),
            offers_pay_link=pay_link,
            most=most,
            think_ms=THINK_MS,
            patience_ms=PATIENCE_MS,
            expiry_ms=EXPIRY_MS,
        )
        life = personas.kinds()[name](its).live()
        heard = None
        try:
            while True:
                step = next(life) if heard is None else life.send(heard)
                heard = self.take(step)
        except StopIteration:
            return self

    def take(self, step):
        self.steps.append(step)
        if isinstance(step, Wait):
            self.clock_ms += step.upstream_ms
            return []
        if isinstance(step, PlaceBatch):
            return self.one(step)
        if isinstance(step, Line):
            return [self.one(step.deed)]
        return [
            self.one(getattr(deed, "deed", deed))
            for deed in (step.steps if isinstance(step, Together) else (step,))
        ]

    def one(self, deed):
        queue = self.answers[type(deed).__name__]
        return queue.pop(0) if len(queue) > 1 else queue[0]

    def deeds(self, kind):
        flat = [d for s in self.steps for d in (s.steps if isinstance(s, Together) else (s,))]
        return [d for d in flat if isinstance(d, kind)]

    def names(self):
        return [type(step).__name__ for step in self.steps]


def test_the_patient_customer_orders_thinks_pays_and_watches():
    world = World(Status=[seen("paid"), seen("delivering"), seen("delivered")]).live("patient")
    assert world.names() == [
        "Place",
        "Wait",
        "Pay",
        "Wait",
        "Status",
        "Wait",
        "Status",
        "Wait",
        "Status",
    ]
    assert world.deeds(Pay) == [Pay("A1", "pay:A1", 4990)]
    assert THINK_MS * 0.5 <= world.steps[1].upstream_ms <= THINK_MS * 1.5


BARE = Heard(outcome="ok", http_status=200, order_no="A1", amount_fen=4990)
"""An order whose placing told no way to pay: that is a call of its own."""


def test_where_placing_tells_no_link_the_platform_is_asked_for_one():
    world = World(Place=[BARE]).live("patient")
    assert world.names()[:4] == ["Place", "PayLink", "Wait", "Pay"]
    assert world.deeds(PayLink) == [PayLink("A1", "epay")]
    assert world.deeds(Pay) == [Pay("A1", "pay:other", 4990)]


def test_a_link_that_did_not_come_is_asked_for_again_and_not_for_ever():
    world = World(Place=[BARE], PayLink=[LOST, Heard(outcome="fail"), LINK]).live("patient")
    assert len(world.deeds(PayLink)) == 3
    assert world.deeds(Pay) == [Pay("A1", "pay:other", 4990)]
    world = World(Place=[BARE], PayLink=[LOST], Status=[seen("closed")]).live("patient")
    assert (len(world.deeds(PayLink)), world.deeds(Pay)) == (3, [])


def test_a_double_tap_asks_for_both_links_at_once():
    world = World(Place=[BARE]).live("impatient", intent=1)
    assert world.steps[1] == Together((PayLink("A1", "epay"), PayLink("A1", "epay")))
    assert world.deeds(Pay)[:2] == [Pay("A1", "pay:other", 4990)] * 2


def test_a_target_without_such_a_call_is_not_asked():
    world = World(Place=[BARE]).live("patient", pay_link=False)
    assert (world.deeds(PayLink), world.deeds(Pay)) == ([], [])


def test_nobody_watches_longer_than_their_patience():
    world = World(Status=[seen("paid")]).live("patient")
    watched_ms = sum(wait.upstream_ms for wait in world.deeds(Wait)[1:])
    assert PATIENCE_MS <= watched_ms < PATIENCE_MS + 3 * MINUTE_MS


def test_a_lost_answer_is_asked_again_with_the_next_attempt():
    world = World(Place=[LOST, Heard(outcome="fail", http_status=503), PLACED]).live("patient")
    assert world.deeds(Place) == [Place(1), Place(2), Place(3)]
    assert len(world.deeds(Pay)) == 1


@pytest.mark.parametrize(
    ("answer", "tries"), [(LOST, 4), (Heard(outcome="fail", http_status=422), 1)]
)
def test_a_customer_without_an_order_goes_home(answer, tries):
    world = World(Place=[answer]).live("patient")
    assert len(world.deeds(Place)) == tries
    assert not world.deeds(Pay) + world.deeds(Status)


def test_an_unknown_payment_is_looked_into_before_it_is_made_again():
    world = World(Pay=[LOST, PAID], Status=[seen("unpaid"), seen("delivered")]).live("patient")
    assert world.names()[2:6] == ["Pay", "Wait", "Status", "Pay"]
    assert [pay.attempt for pay in world.deeds(Pay)] == [1, 2]
    once = World(Pay=[LOST], Status=[seen("paid"), seen("delivered")]).live("patient")
    assert len(once.deeds(Pay)) == 1


def test_who_has_paid_is_not_content_with_a_closed_order_but_with_the_refund():
    world = World(Status=[seen("closed"), seen("closed"), seen("refunded")]).live("patient")
    assert len(world.deeds(Status)) == 3


def test_who_could_not_pay_is_content_with_a_closed_order():
    closed = Heard(outcome="fail", reason="closed")
    world = World(Pay=[closed], Status=[seen("closed")]).live("patient")
    assert (len(world.deeds(Pay)), len(world.deeds(Status))) == (1, 1)


def test_the_impatient_customer_does_everything_twice_at_once():
    world = World().live("impatient", pay_link=False)
    assert world.steps[0] == Together((Place(1), Place(2)))
    assert world.steps[1] == Together((Pay("A1", "pay:A1", 4990),) * 2)


def test_two_orders_from_one_submission_are_both_paid():
    other = Heard(outcome="ok", order_no="A2", amount_fen=4990, pay_url="pay:A2")
    world = World(Place=[PLACED, other]).live("impatient", pay_link=False)
    assert {pay.pay_url for pay in world.deeds(Pay)} == {"pay:A1", "pay:A2"}
    assert {status.order_no for status in world.deeds(Status)} == {"A1", "A2"}


def test_a_share_of_the_impatient_pays_through_a_second_channel_as_well():
    worlds = [World().live("impatient", intent) for intent in range(300)]
    second = [world for world in worlds if world.deeds(PayLink)]
    assert 90 < len(second) < 150
    for world in second:
        assert world.deeds(PayLink) == [PayLink("A1", "wechat_pay")]
        assert [pay.gateway for pay in world.deeds(Pay)] == ["", "", "wechat_pay"]
        assert "Status" not in world.names()[: world.names().index("Together", 1)]


def test_the_impatient_tap_again_only_if_surely_nothing_was_taken():
    refused = Heard(outcome="fail", reason="low_balance")
    assert len(World(Pay=[refused]).live("impatient", pay_link=False).deeds(Pay)) == 3
    assert len(World(Pay=[refused, LOST]).live("impatient", pay_link=False).deeds(Pay)) == 2


def test_abandoners_come_in_thirds_that_never_pay_pay_late_and_pay_too_late():
    paid_at_ms = []
    for intent in range(300):
        world = World()
        world.live("abandoner", intent)
        names = world.names()
        waits = world.steps[: names.index("Pay")] if "Pay" in names else []
        paid_at_ms.append(
            sum(s.upstream_ms for s in waits if isinstance(s, Wait)) if waits else None
        )
    never = [at for at in paid_at_ms if at is None]
    late = [at for at in paid_at_ms if at is not None and at < EXPIRY_MS]
    too_late = [at for at in paid_at_ms if at is not None and at > EXPIRY_MS]
    assert min(len(never), len(late), len(too_late)) > 70
    assert all(EXPIRY_MS - 80_000 <= at <= EXPIRY_MS - 20_000 for at in late)
    assert all(EXPIRY_MS + 20_000 <= at <= EXPIRY_MS + 80_000 for at in too_late)


def test_card_buyers_look_again_for_a_code_and_not_for_ever():
    with_code = World(Status=[seen("delivered"), seen("delivered", "code")]).live("card_buyer")
    assert len(with_code.deeds(Status)) == 2
    without = World(Status=[seen("delivered")]).live("card_buyer")
    assert len(without.deeds(Status)) == 5


def test_late_card_buyers_buy_cards_and_pay_after_the_order_has_expired():
    life = World().live("late_card_buyer")
    (waited,) = [
        step.upstream_ms
        for step in life.steps[: life.steps.index(life.deeds(Pay)[0])]
        if isinstance(step, Wait)
    ]
    assert EXPIRY_MS + 20_000 <= waited <= EXPIRY_MS + 80_000
    assert personas.kinds()["late_card_buyer"].buys == {"cards"}


def test_every_persona_makes_the_same_choices_again():
    for name in personas.names():
        assert World().live(name, 5).steps == World().live(name, 5).steps


def test_a_folder_of_ones_own_adds_personas(tmp_path):
    code = "from harness.traffic.personas import Persona\nfrom harness.traffic.steps import Place\n\n\n"
    code += "class Prober(Persona):\n    def live(self):\n        yield Place()\n"
    (tmp_path / "prober.py").write_text(code)
    assert set(personas.names(tmp_path)) == {*personas.names(), "prober"}
    assert personas.kinds(tmp_path)["prober"].__name__ == "Prober"
    (tmp_path / "nobody.py").write_text("")
    with pytest.raises(TypeError, match="one Persona"):
        personas.kinds(tmp_path)


def test_late_member_looks_on_for_what_is_owed_once_the_goods_are_there():
    world = World(Status=[seen("delivered")]).live("late_member")
    looks = [step for step in world.steps if isinstance(step, Status)]
    assert len(looks) == 9
    assert world.clock_ms >= 8 * MINUTE_MS


def test_late_member_who_never_paid_has_nothing_to_look_for():
    refused = Heard(outcome="fail", reason="closed")
    world = World(Pay=[refused], Status=[seen("closed")]).live("late_member")
    assert len([step for step in world.steps if isinstance(step, Status)]) == 1
