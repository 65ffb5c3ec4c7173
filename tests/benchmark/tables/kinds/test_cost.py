from benchmark.tables.collect import Choice, worlds
from benchmark.tables.kinds.cost import cost
from tests.benchmark.run_factory import write_run


def test_cost_per_stage(tmp_path):
    for method in ("ms-lbp", "cnn"):
        write_run(tmp_path, method=method)
    (table,) = cost(worlds(tmp_path, None, False)[0], Choice())
    assert {column.group for column in table.columns} == {"fit", "predict"}
    first = {title: table.cell(table.rows[0], title, "fit").value for title in ("CPU s", "GPU s", "wall s", "peak MiB")}
    assert first == {"CPU s": 3.0, "GPU s": 0.0, "wall s": 2.0, "peak MiB": 100.0}
