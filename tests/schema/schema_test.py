"""The JSON Schema that `kafault schema` prints, held against a validator of its own.

KAFAULT names the binary (default: ./kafault)."""

import copy
import json
import os
import pathlib
import random
import subprocess

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
KAFAULT = os.environ.get("KAFAULT", str(ROOT / "kafault"))
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.json"))


@pytest.fixture(scope="session")
def validator():
    schema = json.loads(subprocess.check_output([KAFAULT, "schema"]))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def pointers_in(document, below=()):
    """The path of every key and element."""
    members = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in members:
        yield (*below, key)
        yield from pointers_in(value, (*below, key))


def at(document, path):
    for token in path:
        document = document[token]
    return document


def broken(document, chance):
    """The document with one thing changed: a key misspelled, or a value of another kind. What an
    axis replaces nobody reads: either the axes are changed, or there are none."""
    document = copy.deepcopy(document)
    matrix = document.pop("matrix", None)
    document.pop("expect", None)
    paths = list(pointers_in(document))
    if matrix and chance.random() < 0.3:
        document["matrix"] = matrix
        paths = [("matrix", *path) for path in pointers_in(matrix)]
    path = chance.choice(paths)
    parent, key = at(document, path[:-1]), path[-1]
    if isinstance(parent, dict) and chance.random() < 0.5:
        parent[key + "x"] = parent.pop(key)
    else:
        parent[key] = chance.choice([None, -1, 0, 7, 2.5, "", "x", "5s", True, [], {}, [1], {"a": 1}])
    return document


def test_scenarios_are_there():
    assert len(SCENARIOS) > 40


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_shipped_scenario_is_valid(validator, path):
    errors = [error.message for error in validator.iter_errors(json.loads(path.read_text()))]
    assert errors == []


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.pop("producers"),
        lambda s: s.update(producer={}),
        lambda s: s["producers"]["shop"]["config"].update(ack="all"),
        lambda s: s["producers"]["shop"]["config"].update(acks="2"),
        lambda s: s["producers"]["shop"]["config"].update({"linger.ms": "5ms"}),
        lambda s: s["producers"]["shop"]["config"].update({"max.poll.records": 1}),
        lambda s: s["producers"]["shop"]["sends"].update(every="20 milliseconds"),
        lambda s: s["brokers"].update(count=64),
        lambda s: s["groups"]["billing"].update(commit="sometimes"),
        lambda s: s["groups"]["billing"].update(members=0),
        lambda s: s["faults"][0].update(do="explode"),
        lambda s: s["faults"][0]["when"].update(event="RecordEaten"),
        lambda s: s.update(expect={"lots": 0}),
        lambda s: s["matrix"][0].update(value=[1]),
    ],
)
def test_typical_mistakes_are_invalid(validator, change):
    scenario = {
        "brokers": {"count": 3},
        "producers": {"shop": {"config": {"acks": "1"}, "sends": {"every": "20ms"}}},
        "groups": {"billing": {"commit": "sync", "members": [{"config": {"fetch.min.bytes": None}}]}},
        "faults": [{"when": {"event": "RecordAcked"}, "do": "crash", "target": "broker(1)"}],
        "matrix": [{"at": "/seed", "values": [1, 2]}],
        "expect": {"lost": 0},
    }
    assert validator.is_valid(scenario)
    change(scenario)
    assert not validator.is_valid(scenario)


def test_what_the_schema_refuses_the_reader_refuses(validator, tmp_path):
    chance = random.Random(7)
    small = [json.loads(path.read_text()) for path in SCENARIOS if path.stat().st_size < 5000]
    refused = 0
    for number in range(400):
        document = broken(chance.choice(small), chance)
        if not validator.is_valid(document):
            refused += 1
            (tmp_path / f"{number}.json").write_text(json.dumps(document, indent=1))
    assert refused > 100

    accepted = subprocess.run(
        [KAFAULT, "validate", str(tmp_path)], capture_output=True, text=True
    ).stdout

    assert accepted == ""


def test_settings_say_what_they_are(validator):
    producer = validator.schema["properties"]["producers"]["additionalProperties"]
    acks = producer["properties"]["config"]["properties"]["acks"]
    assert acks["default"] == "all"
    assert "acknowledged" in acks["description"]
