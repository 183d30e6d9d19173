"""The words of one request in a target file: what is sent, how it is signed, what is taken, when it is good."""

from typing import Any, Literal

import msgspec


class Secret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key: in an environment variable, in a file (beside the target file), or, for tests, as it is."""

    env: str = ""
    file: str = ""
    value: str = ""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.env, self.file, self.value))) != 1:
            raise ValueError("a key has exactly one of env, file and value")


class Into(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a signature goes: a header, or a field of the request's query, form or JSON."""

    header: str = ""
    field: str = ""

    def __post_init__(self) -> None:
        if bool(self.header) == bool(self.field):
            raise ValueError("a signature goes into a header or into a field")


class Sign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One signature over `text`: `{{fields}}` is `a=1&b=2` sorted by name, `{{values}}` is `12`, without empty ones."""

    recipe: Literal["md5", "sha1", "sha256", "hmac_md5", "hmac_sha1", "hmac_sha256", "rsa"]
    text: str = "{{fields}}&key={{key}}"
    key: Secret
    """Its `value` may be a template: `{{customer.app_key}}` where each customer signs with a secret of his own."""
    into: Into
    upper: bool = False
    fields: list[str] = []
    """The names that are signed, in this order; all of them, sorted, where none are listed."""


class Take(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one value stands: at most one source (json, css, header, ...), then a regex over what was found there."""

    json: str = ""
    css: str = ""
    attribute: str = ""
    cells: str = ""
    """With `css` and `all`: a selector within each element found, whose texts make it a row."""
    header: str = ""
    cookie: str = ""
    location: bool = False
    regex: str = ""
    value: str = ""
    """A template over what is known already: `{{order_no}}`."""
    all: bool = False
    optional: bool = False

    def __post_init__(self) -> None:
        sources = (self.json, self.css, self.header, self.cookie, self.location, self.value)
        if sum(map(bool, sources)) > 1:
            raise ValueError("at most one of json, css, header, cookie, location and value")
        if self.cells and not (self.css and self.all and not self.attribute and not self.regex):
            raise ValueError("cells needs css and all, without attribute and regex")
        if not any(sources) and not self.regex:
            raise ValueError("one of json, css, header, cookie, location, value and regex")


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an answer must be; all that is said must hold."""

    status: int | list[int] | None = None
    json: str = ""
    equals: Any = msgspec.UNSET
    """What the JMESPath must give; without it, anything but nothing, false and the empty text will do."""
    body: str | None = None
    """The whole body, literally, spaces around it apart."""
    contains: str = ""
    regex: str = ""
    location: str = ""
    """A regular expression over the Location header."""

    def __post_init__(self) -> None:
        if self.equals is not msgspec.UNSET and not self.json:
            raise ValueError("`equals` needs `json`, which says what should equal it")
        said = (self.json, self.contains, self.regex, self.location)
        if not any(said) and self.status is None and self.body is None:
            raise ValueError("one of status, json, body, contains, regex and location")


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request to the platform, templated, and what to make of its answer."""

    get: str = ""
    post: str = ""
    put: str = ""
    delete: str = ""
    form_of: str = ""
    """A CSS selector of a form on the page before: it is sent where and as it says, hidden fields included."""
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    json: Any = None
    form: dict[str, str] | None = None
    sign: Sign | None = None
    take: dict[str, str | Take] = {}
    ok_when: Condition | None = None
    fail_when: Condition | None = None
    follow: Literal["", "redirects", "gateway"] = ""
    """Redirects of the platform; or everything that leads a browser to the gateway, whose URL is the pay_url."""

    def __post_init__(self) -> None:
        places = (self.get, self.post, self.put, self.delete, self.form_of)
        if len([path for path in places if path]) != 1:
            raise ValueError("exactly one of get, post, put, delete and form_of is needed")
        if self.json is not None and self.form is not None:
            raise ValueError("a request has a json body or a form body, not both")

    @property
    def method(self) -> str:
        """The HTTP method; a form's own is only known from its page."""
        if self.get:
            return "GET"
        return "POST" if self.post else "PUT" if self.put else "DELETE" if self.delete else ""

    @property
    def place(self) -> str:
        """The path, templated."""
        return self.get or self.post or self.put or self.delete


Steps = Step | list[Step]


def steps_of(said: Steps | None) -> list[Step]:
    """Return what was said as a list."""
    if said is None:
        return []
    return said if isinstance(said, list) else [said]
