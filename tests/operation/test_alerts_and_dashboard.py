"""The alert rules and the dashboard: every metric in them exists, Prometheus takes the rules, each alert fires when it must."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.metrics_page import declared, labels_of
from vagt.cli.wiring import STAGES
from vagt.settings.operation import OperationSettings

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "vagt.rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "vagt-dashboard.json"
promtool = pytest.mark.debian("prometheus", "promtool")


def rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def expressions() -> dict[str, str]:
    """Where each expression stands, and the expression."""
    found = {one["alert"]: str(one["expr"]) for one in rules()}
    for panel in panels():
        for target in panel.get("targets", []):
            found[f"{panel['title']} {target['refId']}"] = target["expr"]
    return found


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    """Every metric of the program as Prometheus sees it, with its labels."""
    found: dict[str, set[str]] = {}
    for name, metric in declared().items():
        ends = ("_bucket", "_sum", "_count") if metric._type == "histogram" else ("",)
        for end in ends:
            found[name + end] = set(labels_of(metric)) | ({"le"} if end == "_bucket" else set())
    return found


@pytest.mark.parametrize("place", expressions())
def test_every_metric_and_label_of_an_expression_exists(place: str, known: dict[str, set[str]]) -> None:
    expression = expressions()[place]
    used = re.findall(r"\b(vagt_[a-z0-9_]+)(?:\{([^}]*)\})?", expression)
    assert used or "up{" in expression
    for name, matchers in used:
        assert name in known, f"{place} asks for {name}"
        assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers)) <= known[name], f"{place}: labels of {name}"


def test_no_metric_has_a_label_for_people_or_machines(known: dict[str, set[str]]) -> None:
    ours = {name: labels for name, labels in known.items() if name.startswith("vagt_")}
    assert len(ours) > 40
    assert not {label for labels in ours.values() for label in labels} & {
        "user",
        "host",
        "ip",
        "peer",
        "address",
        "path",
        "entity",
    }
    assert [name for name in ours if re.search(r"_(ms|milliseconds|minutes|kilobytes|megabytes)(_|$)", name)] == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_every_alert_says_what_is_wrong_and_the_first_action_in_both_languages(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    texts = rule["annotations"]
    assert set(texts) == {"summary", "runbook", "runbook_da"} and all(len(text) > 20 for text in texts.values())
    assert texts["runbook"] != texts["runbook_da"]


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    board = json.loads(DASHBOARD.read_text())
    assert board["uid"] == "vagt-pipeline"  # links and provisioning keep to it
    assert board["schemaVersion"] >= 36 and {"templating", "time", "panels"} <= board.keys()
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        grid = panel["gridPos"]
        cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
        assert grid["x"] + grid["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
        if panel["type"] != "row":
            assert panel["targets"] and all(target["refId"] and target["expr"] for target in panel["targets"])
            assert panel["fieldConfig"]["defaults"]["unit"]
    variables = {one["name"] for one in board["templating"]["list"]}
    assert set(re.findall(r"\$\{?(\w+)", json.dumps(board["panels"]))) - {"__rate_interval"} <= variables
    assert [panel["title"] for panel in board["panels"] if panel["type"] == "row"][:2] == ["Overview", "Stages"]


def test_grafana_s_provisioning_loads_the_dashboard_from_a_folder() -> None:
    folder = ROOT / "deploy" / "grafana" / "provisioning"
    provider = yaml.safe_load((folder / "dashboards" / "vagt.yaml").read_text())
    assert provider["apiVersion"] == 1 and provider["providers"][0]["type"] == "file"
    source = yaml.safe_load((folder / "datasources" / "prometheus.yaml").read_text())
    assert source["datasources"][0]["type"] == "prometheus"


def test_prometheus_asks_every_worker() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    assert config["rule_files"] == [RULES.name]
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    assert set(STAGES) | {"ingest", "api"} <= set(jobs)
    for service, job in jobs.items():
        assert job["tls_config"]["server_name"] == service
        assert [(one["names"], one["port"]) for one in job["dns_sd_configs"]] == [([service], OperationSettings().metrics_port)]
        assert job["relabel_configs"] == [{"target_label": "job", "replacement": "vagt"}]  # the rules ask for job="vagt"


def tool(*arguments: str) -> str:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@promtool
def test_promtool_takes_the_rules_and_the_settings() -> None:
    assert f"{len(rules())} rules found" in tool("check", "rules", str(RULES))
    tool("check", "config", "--syntax-only", str(RULES.parent / "prometheus.yml"))


@promtool
def test_promtool_parses_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    found = [expression for place, expression in expressions().items() if " " in place]
    records = [
        {"record": f"panel:{number}", "expr": re.sub(r"\$\w+", "5m", re.sub(r'"\$\w+"', '".*"', expression))}
        for number, expression in enumerate(found)
    ]
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": records}]}))
    assert f"{len(records)} rules found" in tool("check", "rules", str(file))


@promtool
def test_each_alert_fires_when_it_must_and_not_otherwise(tmp_path: Path) -> None:
    bare = yaml.safe_load(RULES.read_text())
    for rule in bare["groups"][0]["rules"]:
        del rule["annotations"]  # promtool would compare them word by word
    (tmp_path / RULES.name).write_text(yaml.safe_dump(bare))
    cases = tmp_path / "cases.yml"
    cases.write_text((ROOT / "tests" / "operation" / "vagt.rules.test.yml").read_text())
    tool("test", "rules", str(cases))
