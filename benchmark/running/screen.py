"""What a run says on the screen: before it starts what it will do, afterwards its rates."""

from __future__ import annotations

from benchmark.results.runs import Run
from benchmark.running.spec import RunSpec


def intention(spec: RunSpec) -> str:
    """One line with the choices that the paper leaves open."""
    recipe = spec.recipe
    faces = {"frames": recipe.frames, "size": recipe.size, "context": recipe.context, "fit": recipe.fit}
    margin = {k: v for k, v in spec.settings.as_dict().items() if k in ("face_scale", "scale")}
    choices = spec.choices.recorded(spec.releases) | faces | {"detector": recipe.detector}
    words = [*choices.items(), *((f"the method's {name}", value) for name, value in margin.items())]
    return f"{spec.id}  ({spec.preset} preset; {', '.join(f'{key}={value}' for key, value in words)})"


def outcome(run: Run) -> str:
    """One line with the rates under the method's own threshold policy."""
    from benchmark.metrics.summary import policy_figures
    from benchmark.metrics.thresholds import parse

    entry = policy_figures(run, parse(run.policy))
    found = entry.on_target()
    if found is None:
        return f"  {run.policy}: {entry.undefined}  -> {run.path}"
    silent = run.counts.non_response
    return f"  {run.policy}: {found.text}  {f'{silent} without an answer  ' if silent else ''}-> {run.path}"
