from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from skimage import data

from protocols.errors import InputError
from protocols.media.detect import Box, load_detector, read_boxes, shrink
from protocols.recipe import Recipe

HEADER = "presentation,frame,x,y,w,h\n"


@pytest.fixture(scope="module")
def mtcnn():
    return load_detector(Recipe())


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    w = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    h = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    both = max(w, 0) * max(h, 0)
    return both / (a.w * a.h + b.w * b.h - both)


def test_finds_the_face_of_a_real_photograph(mtcnn):
    box = mtcnn(data.astronaut())
    assert overlap(box, Box(179, 59, 88, 114)) > 0.8
    assert box.score > 0.99


def test_a_large_picture_is_searched_small_and_the_box_scaled_back(mtcnn):
    photograph = data.astronaut()
    box = mtcnn(photograph)
    large = mtcnn(np.ascontiguousarray(photograph.repeat(3, axis=0).repeat(3, axis=1)))
    assert overlap(Box(box.x * 3, box.y * 3, box.w * 3, box.h * 3), large) > 0.8


def test_takes_the_largest_face(mtcnn):
    photograph = data.astronaut()
    both = np.zeros((512, 800, 3), np.uint8)
    both[:, :512] = photograph
    both[100:356, 530:786] = photograph[::2, ::2]
    assert overlap(mtcnn(both), mtcnn(photograph)) > 0.8


@pytest.mark.parametrize("shape", [(64, 64, 3), (10, 10, 3), (1, 700, 3)])
def test_no_face_is_none(mtcnn, shape, capsys):
    assert mtcnn(np.zeros(shape, np.uint8)) is None
    assert mtcnn(np.random.default_rng(0).integers(0, 256, shape, np.uint8)) is None
    assert capsys.readouterr().out == ""


def test_detector_carries_the_recipe_digest(mtcnn):
    assert mtcnn.digest == Recipe().detector_digest


def test_mtcnn_takes_one_thread(monkeypatch):
    """The package would open a pool of threads as large as the machine in every worker."""
    threads = []

    class Recorded(onnxruntime.InferenceSession):
        def __init__(self, path, options=None, **rest):
            threads.append(options and options.intra_op_num_threads)
            super().__init__(path, options, **rest)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Recorded)
    load_detector(Recipe())
    assert threads == [1, 1, 1]


def test_a_file_that_is_no_model_is_named(tmp_path):
    (tmp_path / "face.onnx").write_text("nothing")
    with pytest.raises(InputError, match=r"face\.onnx: not a YuNet model"):
        load_detector(Recipe(detector="yunet", detector_file=tmp_path / "face.onnx"))


def test_shrink_keeps_small_pictures():
    picture = np.zeros((480, 640, 3), np.uint8)
    assert shrink(picture, 640)[0] is picture
    smaller, scale = shrink(np.zeros((1080, 1920, 3), np.uint8), 640)
    assert (smaller.shape, scale) == ((360, 640, 3), 3.0)


def test_boxes_are_read(tmp_path):
    file = tmp_path / "boxes.csv"
    file.write_text(
        "\ufeff" + HEADER + "Live_1,0,1,2.5,30,40\nLive_1,7,-4,0,1e2,50\n\nSpoof/Paper_2,3,1,1,5,5\n", "utf-8"
    )
    boxes = read_boxes(file)
    assert boxes["Live_1"] == {0: Box(1, 2.5, 30, 40), 7: Box(-4, 0, 100, 50)}
    assert list(boxes) == ["Live_1", "Spoof/Paper_2"]


@pytest.mark.parametrize(
    "line",
    [
        "=HYPERLINK(1),0,1,1,5,5",
        "@a,0,1,1,5,5",
        "a,=1+1,1,1,5,5",
        "a,0,=1,1,5,5",
        "a,0,nan,1,5,5",
        "a,0,1,inf,5,5",
        "a,0,1,1,0,5",
        "a,0,1,1,5,-5",
        "a,0,1,1,1e9,5",
        "a,0.5,1,1,5,5",
        "a,-1,1,1,5,5",
        "a,0,1_0,1,5,5",
        "a,0,1-1,1,5,5",
        "a,0,1,1,5",
        "a,0,1,1,5,5,5",
        ",0,1,1,5,5",
        "a,0,,1,5,5",
        'a,0,"1,1,5,5',
        "a,0,1,1,5,5\na,0,1,1,5,6",
    ],
)
def test_bad_boxes_are_refused_in_one_line_naming_the_file(tmp_path, line):
    file = tmp_path / "boxes.csv"
    file.write_text(HEADER + line + "\n")
    with pytest.raises(InputError, match=r"boxes\.csv: (after )?line") as caught:
        read_boxes(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "a,b\n", HEADER, "Live_1,0,1,1,5,5\n", b"\xff\xfe\0"])
def test_files_that_hold_no_boxes_are_refused(tmp_path, content):
    file = tmp_path / "boxes.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=r"boxes\.csv"):
        read_boxes(file)
