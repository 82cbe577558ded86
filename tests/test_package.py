"""What is built: a wheel outside the checkout offers what the checkout offers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SUFFIX = ".gmbench.yaml"

# Run by another Python: where the package lies, and each shipped suite with what it says.
TELL = """
import json, gmbench
from gmbench.suites import load_suite, suites
print(json.dumps({"file": gmbench.__file__, "version": gmbench.__version__,
                  "suites": {name: load_suite(name).digest for name in suites()}}))
"""


def run(*command: str | Path, cwd: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    result = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def build(source: Path, target: str, folder: Path) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=source)
    (built,) = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment's Python: the wheel made from the sdist, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("package")
    sdist = build(ROOT, "sdist", folder / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    wheel = build(source, "wheel", folder / "wheel")

    home = folder / "venv"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "--no-input",
        "--quiet",
    ]
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    # The dependencies are this environment's own. A path file's lines are searched last, and the
    # path files found there are not read: an editable install of the checkout stays out of sight.
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    dependencies = home / "lib" / version / "site-packages" / "dependencies.pth"
    dependencies.write_text(sysconfig.get_path("purelib") + "\n")
    return python


def told(python: str | Path, cwd: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(python, "-c", TELL, cwd=cwd))
    return answer


def test_an_installed_wheel_has_the_suites_of_the_checkout(installed: Path, tmp_path: Path) -> None:
    there, here = told(installed, tmp_path), told(sys.executable, ROOT)
    assert Path(there["file"]).is_relative_to(installed.parents[1])
    assert Path(here["file"]).is_relative_to(ROOT)
    assert there["suites"] == here["suites"]
    assert there["version"] == here["version"]
    shipped = {file.name.removesuffix(SUFFIX) for file in (ROOT / "suites").glob("*" + SUFFIX)}
    assert set(there["suites"]) == shipped != set()


def test_an_installed_wheel_has_every_file_of_the_package(installed: Path, tmp_path: Path) -> None:
    code = "import gmbench; print(gmbench.__file__)"
    package = Path(run(installed, "-c", code, cwd=tmp_path).strip()).parent
    here = {
        path.relative_to(ROOT / "gmbench")
        for path in (ROOT / "gmbench").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    there = {
        path.relative_to(package)
        for path in package.rglob("*")
        if path.is_file() and not {"__pycache__", "_suites"} & set(path.parts)
    }
    assert there == here
    assert Path("py.typed") in there


def test_the_command_is_installed(installed: Path, tmp_path: Path) -> None:
    listed = run(installed.with_name("gmbench"), "list", "suites", cwd=tmp_path)
    assert "quick" in listed


def test_pytest_finds_the_plugin_of_an_installed_wheel(installed: Path, tmp_path: Path) -> None:
    said = run(installed, "-m", "pytest", "-p", "no:cacheprovider", "--help", cwd=tmp_path)
    assert "--gmbench-agent=AGENT" in said
