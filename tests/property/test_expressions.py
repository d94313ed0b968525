"""What holds of expressions for every text and every response."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.forms import HL7, extension, form, item
from tests.support.responses import made_up_body, response_json
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Body
from workbook_desktop.forms.definition import Form, Item
from workbook_desktop.forms.expressions import (
    CannotWorkOut,
    Environment,
    ExpressionRefused,
    Node,
    Program,
    Response,
    compile_expression,
    to_answer,
    truth,
)
from workbook_desktop.forms.expressions.response import Place

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
OPTIONS = [
    {
        "valueCoding": {"system": "urn:wrenmouth:often", "code": code, "display": code},
        "extension": [extension(HL7 + "ordinalValue", score, "valueDecimal")],
    }
    for code, score in (("never", 0), ("often", 2), ("always", 3))
]
FORM: Form = form(
    item(
        "home",
        "group",
        item("rooms", "integer"),
        item("who", "choice", answerOption=OPTIONS),
        item("dog", "boolean", item("dog.name"), item("dog.walks", "integer", item("why"))),
    ),
    item(
        "children",
        "group",
        item("age", "integer"),
        item("mood", "choice", answerOption=OPTIONS),
        item("weight", "quantity"),
        item("toys", "group", item("toy"), item("price", "decimal"), repeats=True),
        item("inner", "group", item("born", "date")),
        repeats=True,
    ),
    item(
        "drug",
        "string",
        item("dose", "decimal"),
        item("since", "date", item("sure", "boolean")),
        repeats=True,
    ),
    item("tags", "string", repeats=True),
    item("note", "text"),
    item("help", "display"),
)
LINKS = [str(each.link_id) for each in FORM.walk()] + ["nobody"]


def here(resource: Any, **variables: Any) -> Environment:
    return Environment(resource=resource, variables=variables, today=NOW.date(), now=NOW)


@st.composite
def responses(draw: st.DrawFn) -> Response:
    chance = Random(draw(st.integers(0, 2**32)))
    body = made_up_body(FORM, chance)
    off = draw(st.sets(st.sampled_from([*places(body)]), max_size=4))
    return Response(FORM, body, switch(off))


def switch(off: set[FieldPath]) -> Any:
    """Say what is on when these places are off: what is in them is off too."""

    def on(path: FieldPath) -> bool:
        if path in off:
            return False
        if not path:
            return True
        if paths.is_row(path):
            return on(FieldPath(path.rsplit("/", 1)[0]))
        link, row = paths.link_id(path), paths.parent_row(path)
        if row and paths.link_id(row) == link:
            return on(row)
        parent = FORM.parents[link]
        if parent is None:
            return True
        return on(row) if parent.has_rows else on(paths.child(row, parent.link_id))

    return on


def places(body: Body) -> list[FieldPath]:
    found = [FieldPath(row) for row in body.rows]
    for each in FORM.walk():
        chain = []
        parent = FORM.parents[each.link_id]
        while parent is not None:
            if parent.has_rows:
                chain.append(parent.link_id)
            parent = FORM.parents[parent.link_id]
        bases = [paths.ROOT]
        for link in reversed(chain):
            bases = [row for base in bases for row in body.rows_of(base, link)]
        found += [paths.child(base, each.link_id) for base in bases]
    return found


def run(text: str, focus: Any, environment: Environment) -> list[Any] | str:
    try:
        return compile_expression(text).run(focus, environment)
    except CannotWorkOut as failed:
        return failed.why


STEPS = ["item", "repeat(item)", "descendants()"]
CRITERIA = ["linkId = '{0}'", "'{0}' = linkId", "linkId = '{0}' or linkId = '{1}'"]
LOOK_UPS = st.tuples(
    st.sampled_from(STEPS),
    st.sampled_from(CRITERIA),
    st.sampled_from(LINKS),
    st.sampled_from(LINKS),
)


@given(responses(), st.data())
def test_a_look_up_finds_what_a_walk_finds(response: Response, data: st.DataObject) -> None:
    node = response.node(data.draw(st.sampled_from([paths.ROOT, *places(response.body)])))
    two = data.draw(st.sampled_from(LINKS))
    environment = here(response.resource)
    for step in STEPS:
        for link in LINKS:
            for criterion in CRITERIA:
                written = criterion.format(link, two)
                quick = run(f"{step}.where({written})", node, environment)
                slow = run(f"{step}.where(true and ({written}))", node, environment)
                assert isinstance(quick, list)
                assert [id(each) for each in quick] == [id(each) for each in slow], (step, written)


TAILS = ["answer.value", "answer.value.count()", "count()", "answer.exists()", "answer.value.weight().sum()"]


@given(responses(), LOOK_UPS, st.sampled_from(TAILS))
def test_a_response_says_what_the_same_response_as_json_says(
    response: Response, look_up: Any, tail: str
) -> None:
    step, criterion, one, other = look_up
    text = f"%resource.{step}.where({criterion.format(one, other)}).{tail}"
    # Each item of the JSON gets an id: of equal ones, repeat() would keep only the first.
    document = response_json(FORM, response.body, response.on, placed=True)
    live = run(text, response.resource, here(response.resource))
    # JSON has no place for the order of rows with and without an answer of their own.
    assert sorted(shown(live)) == sorted(shown(run(text, document, here(document))))


def shown(results: list[Any] | str) -> Any:
    if isinstance(results, str):
        return results
    return [
        each["code"] if isinstance(each, dict) and "code" in each else str(each)
        for each in results
        if not isinstance(each, Node)
    ]


@given(responses(), st.integers(0, 2**32))
def test_a_view_kept_in_step_says_what_a_new_view_says(response: Response, seed: int) -> None:
    texts = [f"%resource.descendants().where(linkId='{link}').answer.value" for link in LINKS]
    before = [shown(run(text, response.resource, here(response.resource))) for text in texts]
    assert before is not None
    other = made_up_body(FORM, Random(seed))
    for path, answer in other.answers.items():
        if paths.parent_row(path) in response.body.rows or not paths.parent_row(path):
            body = response.body.with_answer(path, answer)
            response.answered(path, body)
    fresh = Response(FORM, response.body, response.on)
    for text in texts:
        assert shown(run(text, None, here(response.resource))) == shown(run(text, None, here(fresh.resource)))
    response.replaced(other)
    fresh = Response(FORM, other, response.on)
    for text in texts:
        assert shown(run(text, None, here(response.resource))) == shown(run(text, None, here(fresh.resource)))


# -- nothing but the two ways out ----------------------------------------------------------------------------

PIECES = """item answer value linkId 'a' 'home' 1 0 2.5 -3 10000000000 ( ) . , [ ] { } + - * / | & = != ~
!~ < <= > >= in contains and or xor implies div mod is as $this $index $total %resource
%context %x where( select( repeat( all( exists() first() count() iif( true false today() now()
@2020 @2020-02-30 @T10 @2020-01-01T10:00:00Z years 'kg' sum() power( 100 matches( '(a+)+b'
replaceMatches( aggregate( children() descendants() toString() toInteger() round( join( ','
ofType( Quantity split( `x` "y" resolve() \\ ' // /* */ é"""
WORDS = st.sampled_from(PIECES.split())
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(WORDS, max_size=14).map(" ".join),
    st.lists(WORDS, max_size=14).map("".join),
)


@given(TEXTS)
def test_a_text_compiles_or_is_refused_in_words(text: str) -> None:
    refused: ExpressionRefused | None = None
    try:
        assert isinstance(compile_expression(text), Program)
    except ExpressionRefused as caught:
        refused = caught
    if refused is not None:
        assert refused.why
        assert refused.position is None or 0 <= refused.position <= len(text)


STARTS = """%resource %context item answer answer.value $this $index %x %json {} 1 2.50 -3 0 'a' '' '12'
true false @2020 @2020-02-29 @2020-02-29T10:30:00+01:00 @T10:30 today() now()
999999999999999999999999999999 0.000000001 %resource.repeat(item) %resource.descendants()
%resource.descendants().answer.value (1|2|3)"""
ATOMS = st.sampled_from([*STARTS.split(), "4 'kg'", "3 years"])
_SOME_LINKS = st.lists(st.sampled_from(LINKS), min_size=1, max_size=3)
PICKED = st.builds(
    "%resource.{}.where({}).answer.value".format,
    st.sampled_from(["item", "descendants()", "repeat(item)", "item.item"]),
    st.one_of(
        _SOME_LINKS.map(lambda links: "linkId in (" + "|".join(f"'{each}'" for each in links) + ")"),
        _SOME_LINKS.map(lambda links: "(" + "|".join(f"'{each}'" for each in links) + ") contains linkId"),
        _SOME_LINKS.map(lambda links: f"answer.exists() and linkId = '{links[0]}'"),
        _SOME_LINKS.map(lambda links: f"linkId != '{links[0]}'"),
        _SOME_LINKS.map(lambda links: f"linkId.startsWith('{links[0][:1]}')"),
        _SOME_LINKS.map(lambda links: f"linkId.matches('^{links[0][:2]}') or linkId.length() < 3"),
    ),
)
WITHOUT = """first last tail count empty exists not distinct isDistinct sum min max avg weight toString
toInteger toDecimal toBoolean toDate toDateTime toTime toQuantity convertsToDate upper lower
length trim toChars abs ceiling floor truncate round sqrt exp ln hasValue children descendants
type allTrue anyTrue allFalse anyFalse single join timeOfDay age answers"""
CALLS = st.sampled_from(WITHOUT.split())
WITH_ONE = """where select all exists repeat skip take union combine intersect exclude subsetOf supersetOf
startsWith endsWith contains indexOf matches split join substring round power log encode decode
escape aggregate trace extension age"""
ONE = st.sampled_from(WITH_ONE.split())
TWO = st.sampled_from(["iif", "replace", "replaceMatches", "substring", "aggregate"])
OPERATORS = "+ - * / div mod & | = != ~ !~ < <= > >= in contains and or xor implies"
SIGNS = st.sampled_from(OPERATORS.split())


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(lambda a, sign, b: f"({a} {sign} {b})", inner, SIGNS, inner),
        st.builds(lambda a, call: f"{a}.{call}()", inner, CALLS),
        st.builds(lambda a, call, b: f"{a}.{call}({b})", inner, ONE, inner),
        st.builds(lambda a, call, b, c: f"{a}.{call}({b}, {c})", inner, TWO, inner, inner),
        st.builds(
            lambda a, kind: f"({a} is {kind})", inner, st.sampled_from(["Integer", "Quantity", "date"])
        ),
        st.builds(lambda a: f"(-{a})", inner),
        st.builds(lambda a, b: f"{a}[{b}]", inner, inner),
    )


EXPRESSIONS = st.recursive(ATOMS | PICKED, _larger, max_leaves=8)


@given(responses(), EXPRESSIONS)
def test_an_expression_has_results_or_says_that_it_has_none(response: Response, text: str) -> None:
    try:
        program = compile_expression(text)
    except ExpressionRefused:
        return
    json = {
        "resourceType": "Patient",
        "birthDate": "2019-03",
        "name": [{"given": ["Leo"]}],
        "weight": Decimal(3),
    }
    environment = here(response.resource, x=[1, "b", None], json=json)
    whys: list[str] = []
    results: list[Any] = []
    try:
        results = program.run(response.resource, environment)
    except CannotWorkOut as failed:
        whys.append(failed.why)
    for each in FORM.walk():
        try:
            to_answer(each.kind, results, each)
            truth(results)
        except CannotWorkOut as failed:
            whys.append(failed.why)
    assert all(whys)
    assert all(each is not None for each in results)


@given(responses(), EXPRESSIONS, st.sampled_from([link for link in LINKS if link not in ("nobody", "help")]))
def test_what_an_expression_does_not_read_does_not_change_it(
    response: Response, text: str, link: str
) -> None:
    try:
        program = compile_expression(text)
    except ExpressionRefused:
        return
    reads = program.reads_with([each.link_id for each in FORM.items], FORM.by_link_id)
    if reads is None or link in reads[0]:
        return
    item = FORM.by_link_id[LinkId(link)]
    if item.is_question and "repeat(" in text and reads[0] & {str(each.link_id) for each in inside(item)}:
        return  # `repeat(item)` does not enter answers: what stands under a question depends on its answer
    gone = not reads[0] & {str(each.link_id) for each in inside(item)} if item.has_rows else False

    def kept(path: FieldPath) -> bool:
        segments = paths.split(path)
        return link not in segments[0:-1:2] if gone else True

    without = Body(
        answers={
            path: answer
            for path, answer in response.body.answers.items()
            if paths.link_id(path) != LinkId(link) and kept(path)
        },
        rows={path: row for path, row in response.body.rows.items() if kept(path)},
    )
    other = Response(FORM, without, response.on)
    assert told(run(text, response.resource, here(response.resource))) == told(
        run(text, other.resource, here(other.resource))
    )


def inside(item: Item) -> list[Item]:
    return [item, *(deeper for inner in item.items for deeper in inside(inner))]


def told(results: list[Any] | str) -> Any:
    return results if isinstance(results, str) else [_place(each) for each in results]


def _place(result: Any) -> Any:
    node: Place | Any = result
    return getattr(node, "path", type(node).__name__ if isinstance(node, Node) else str(node))
