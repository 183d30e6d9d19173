"""Plain Locust without a journal, an adapter or a schedule: the same six requests, as fast as they go."""

from itertools import count

from locust import FastHttpUser, task

NUMBERS = count()


class Bare(FastHttpUser):
    @task
    def shop(self):
        send = {"Authorization": "Bearer t-1"}
        number = next(NUMBERS)
        order = {
            "goods": "hf50",
            "account": f"138{number:08d}",
            "client_no": f"c{number}",
            "channel": "epay",
        }
        placed = self.client.post("/api/orders", json=order, headers=send, name="place").json()
        payment = {
            "pay_url": placed["pay_url"],
            "intent": number,
            "amount_fen": placed["amount_fen"],
        }
        self.client.post("/payer/pay", json=payment, headers=send, name="pay").json()
        for _ in range(4):
            self.client.get(f"/api/orders/{placed['order_no']}", headers=send, name="status").json()
