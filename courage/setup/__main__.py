"""``python -m courage.setup run|setup|check``: makes what is missing, then hands over to the engine's Python."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from courage.setup.credentials import place_credentials
from courage.setup.environments import QUIET, call, environment_step, install_step
from courage.setup.errors import SetupError, check_space
from courage.setup.steps import Progress, Stamps, Step, fingerprint, run_steps
from courage.setup.wishes import wants_rasa

ROOT = Path(__file__).resolve().parent.parent.parent


def home() -> Path:
    """Return the folder of everything that Courage makes at run time (``COURAGE_HOME``, default ``var``)."""
    return Path(os.environ.get("COURAGE_HOME") or ROOT / "var").resolve()


def plan(tests: bool) -> list[list[Step]]:
    """Return the waves of set-up steps; with ``tests``, also what only the tests need."""
    logs = home() / "log"
    python = ROOT / ".venv" / "engine" / "bin" / "python"
    rasa = ROOT / ".venv" / "rasa" / "bin" / "python"
    models = home() / "rasa"
    requirements = ["engine.txt", "dev.txt"] if tests else ["engine.txt"]

    def train_rasa() -> None:
        models.mkdir(parents=True, exist_ok=True)
        # Rasa asks for the vectors of its sentences, and the engine is not up yet.
        command = [str(python), "-m", "courage", "vectors"]
        command += [str(rasa), "-m", "rasa", "train", "--data", "bot/data"]
        command += ["--fixed-model-name", "courage", "--out", str(models)]
        # With a thread for every core the classifier's many small steps take three times as long.
        env = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        call(command, "train the assistant", logs / "setup-rasa-train.log", ROOT, env)

    def prepare() -> None:
        said = logs / "setup-prepare.log"
        call([str(python), "-m", "courage", "prepare"], "prepare the engine", said, ROOT)
        # Where the copy of the database is that was made before its tables changed is for people, not for a log.
        for line in said.read_text(encoding="utf-8", errors="replace").splitlines():
            if "as it was before" in line:
                print(line)

    # The engine's environment for tests holds the plain one, so either satisfies a plain run.
    stamps = Stamps(home() / "setup")
    with_dev = environment_step(ROOT, logs, "engine", "engine environment", ["engine.txt", "dev.txt"])
    has_dev = stamps.read("env-engine") == with_dev.inputs()
    engine = (
        with_dev
        if tests or has_dev
        else environment_step(ROOT, logs, "engine", "engine environment", requirements)
    )
    with_rasa = wants_rasa(ROOT)
    environments = [engine]
    if with_rasa:
        environments.append(
            environment_step(
                ROOT,
                logs,
                "rasa",
                "Rasa environment",
                ["rasa.txt"],
                ["--no-deps", "--ignore-requires-python"],
            )
        )
    if tests:
        environments.append(environment_step(ROOT, logs, "synapse", "Matrix homeserver", ["synapse.txt"]))
    trained = [ROOT / "bot", ROOT / "config.yml", ROOT / "domain.yml", ROOT / "requirements" / "rasa.txt"]
    # What the vectors come from.
    trained += [
        ROOT / "courage" / "detection" / "model" / name for name in ("e5.py", "encoder.py", "network.py")
    ]
    prepared = [ROOT / "seeds", ROOT / "responses", ROOT / "courage"]
    steps = [
        environments,
        [install_step(ROOT, logs, "engine")],
        [Step("prepare", "encoder, library and index", lambda: fingerprint(prepared), prepare)],
    ]
    if with_rasa:
        # After that, since it needs the encoder of sentences.
        model = models / "courage.tar.gz"
        steps.append(
            [
                Step(
                    "rasa-model",
                    "train the assistant",
                    lambda: fingerprint(trained),
                    train_rasa,
                    model.exists,
                )
            ]
        )
    return steps


def main() -> int:
    """Set up, then run; return the exit status (0 done, 1 failed with a one-line reason)."""
    parser = argparse.ArgumentParser(
        prog="courage.setup", description="Make what Courage needs on this machine."
    )
    parser.add_argument("command", choices=("run", "setup"), help="run: set up and start; setup: only set up")
    parser.add_argument("--tests", action="store_true", help="also install what the tests need")
    options = parser.parse_args()
    progress = Progress()
    try:
        if not (ROOT / ".venv" / "engine").exists():
            check_space(ROOT)
        place_credentials(ROOT, home(), progress.say)
        run_steps(plan(options.tests), Stamps(home() / "setup"), progress)
    except SetupError as error:
        print(f"courage: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"courage: the set-up could not write {error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("courage: stopped; the next run goes on from here.", file=sys.stderr)
        return 1
    if options.command == "run":
        python = str(ROOT / ".venv" / "engine" / "bin" / "python")
        os.environ.update({key: value for key, value in QUIET.items() if key not in os.environ})
        os.execv(python, [python, "-m", "courage", "run"])
    progress.say("everything is set up")
    return 0


if __name__ == "__main__":
    sys.exit(main())
