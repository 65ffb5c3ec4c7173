"""The sub-commands of `python -m benchmark`, one module each.

A module has `HELP` (one line), `EXAMPLES` (lines), `configure(parser)` and `main(args) -> int`, and imports nothing
heavy at its top: `--help` loads them all.
"""

NAMES = {
    "run": "run",
    "sweep": "sweep",
    "demo": "demo",
    "doctor": "doctor",
    "prepare": "prepare",
    "table": "table",
    "figure": "figure",
    "report": "report",
    "compare": "compare",
    "list": "list_",
    "predict": "predict",
    "probe": "probe",
    "import": "import_",
    "export": "export",
    "runs": "runs",
    "models": "models",
}
"""Word of the command line -> module in this package, in the order of the help text."""
