"""Plain Locust at the same rate: 20 users, each ten requests a second, unless its last one has not come back."""

from locust import FastHttpUser, constant_throughput, task


class Closed(FastHttpUser):
    wait_time = constant_throughput(10)

    @task
    def place(self):
        order = {"goods": "hf50", "account": "13812345678", "client_no": "c", "channel": "epay"}
        self.client.post(
            "/api/orders", json=order, headers={"Authorization": "Bearer t-1"}, name="place"
        )
