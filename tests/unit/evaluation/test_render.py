"""`eval render`: what counts as found, what a scribble leaves, and the whole run on tiny models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers.models.modeling_utils import ModelMixin

from engine.cli.main import main
from engine.errors import ModelMissing
from engine.evaluation.render_judge import STRIDE, RenderJudge, load_judge
from engine.evaluation.render_metrics import Found, Tally, mean_iou, paired_interval, read_picture
from engine.evaluation.render_scenes import JudgedScene, coarse_mask, held_out
from engine.layout.geometry import Box
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask
from tests.unit.render import tiny

LABELS, CLASSES = ("dog", "cat", "tree", "sky"), (126, 126, 4, 2)


class Colours(RenderJudge):
    """Reads a pixel's red value as the number of a label."""

    def read(self, picture: np.ndarray) -> np.ndarray:
        red = picture[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE, 0]
        return np.stack([red == n for n in range(len(LABELS))]).astype(np.float32)


@pytest.fixture
def judge() -> RenderJudge:
    return Colours(labels=LABELS, classes=CLASSES, widths=(8, 8)).eval()


def scene() -> JudgedScene:
    """Sky, a dog at the left and a tree at the right that hides half of a cat."""
    layers = (
        Layer(id="s", label="sky", ade_class=2, mask=Mask.filled(Box(0, 0, 64, 64))),
        Layer(id="d", label="dog", ade_class=126, mask=Mask.filled(Box(0, 0, 16, 16))),
        Layer(id="c", label="cat", ade_class=126, mask=Mask.filled(Box(32, 0, 16, 16))),
        Layer(id="t", label="tree", ade_class=4, mask=Mask.filled(Box(40, 0, 24, 24))),
    )
    layout = Layout(width=64, height=64, layers=layers)
    picture = np.zeros((64, 64, 3), np.uint8)
    table = np.array([0, 3, 0, 1, 2], np.uint8)
    from engine.layout.semantic import layer_map

    picture[..., 0] = table[layer_map(layout)]
    return JudgedScene(1, layout, picture, (False, True, True, True))


def test_a_true_picture_has_every_thing_and_every_pixel(judge: RenderJudge) -> None:
    made = scene()
    tally = Tally()
    tally.add(read_picture(judge, made, made.picture))
    figures = tally.figures()
    assert (figures["hit"], figures["top1"], figures["miou"], figures["pixels"]) == (1, 1, 1, 1)
    assert figures["things"] == 3, "backgrounds are no things to be found"


def test_a_thing_elsewhere_is_not_found_and_a_like_one_is_half_right(judge: RenderJudge) -> None:
    made = scene()
    moved = np.full_like(made.picture, 3)
    moved[40:56, 40:56] = 0
    reading = read_picture(judge, made, moved)
    assert [found.hit for found in reading.found] == [False, False, False]
    assert any(found.named for found in reading.found), "but it is in the picture"
    nothing = read_picture(judge, made, np.full_like(made.picture, 3))
    assert not any(found.named for found in nothing.found)
    other = made.picture.copy()
    other[:16, :16] = 1
    dog = read_picture(judge, made, other).found[0]
    assert dog.hit and dog.rank == 1, "a cat is an animal too, but no dog"


def test_mean_iou_counts_the_classes_that_occur() -> None:
    confusion = np.zeros((150, 150), np.int64)
    confusion[1, 1], confusion[1, 2], confusion[2, 2] = 50, 50, 100
    assert mean_iou(confusion) == pytest.approx((50 / 100 + 100 / 150) / 2)
    assert mean_iou(np.zeros((150, 150), np.int64)) == 0


def test_the_error_is_over_scenes(judge: RenderJudge) -> None:
    made, tally = scene(), Tally()
    for _ in range(4):
        tally.add(read_picture(judge, made, made.picture))
    assert tally.figures()["hit_error"] == 0
    tally.add(read_picture(judge, made, np.full_like(made.picture, 3)))
    assert tally.figures()["hit_error"] == pytest.approx(0.2, abs=0.05)
    assert sum(row["things"] for row in tally.by_size().values()) == 15


def found_in(*scenes: str) -> Tally:
    """A scene for each word: "+" a thing that is hit, "-" one that is not."""
    return Tally(
        [[Found("dog", "small", mark == "+", 0, mark == "+") for mark in scene] for scene in scenes]
    )


def test_a_lead_is_sure_only_where_the_scenes_agree() -> None:
    sure = paired_interval(found_in(*["++"] * 20), found_in(*["+-"] * 20))
    assert sure == (0.5, 0.5)
    mixed = found_in(*["++", "--"] * 10), found_in(*["--", "++"] * 10)
    low, high = paired_interval(*mixed)
    assert low < 0 < high
    share = paired_interval(found_in(*["+-"] * 20), found_in(*["++"] * 20), as_share=True)
    assert share == (0.5, 0.5)
    with pytest.raises(ValueError, match="different scenes"):
        paired_interval(found_in("++"), found_in("+"))


def test_leads_in_pixels_are_counted_by_scene(judge: RenderJudge) -> None:
    made, right, wrong = scene(), Tally(), Tally()
    for _ in range(3):
        right.add(read_picture(judge, made, made.picture))
        wrong.add(read_picture(judge, made, np.full_like(made.picture, 3)))
    low, high = paired_interval(right, wrong, key="pixels")
    lead = right.figures()["pixels"] - wrong.figures()["pixels"]
    assert low == pytest.approx(high) == pytest.approx(lead) and lead > 0.1


def test_a_scribble_covers_the_thing_and_has_lost_its_outline() -> None:
    rows, columns = np.mgrid[:60, :80]
    star = (np.abs(rows - 30) / 30) ** 0.5 + (np.abs(columns - 40) / 40) ** 0.5 < 1
    layer = Layer(label="star", mask=Mask.from_array(star, x=100, y=50))
    coarse = coarse_mask(layer)
    assert coarse.overlap(layer.mask) > 0.95 * layer.mask.area
    assert coarse.area > 1.3 * layer.mask.area
    assert coarse_mask(layer) == coarse


def test_held_out_scenes_are_the_same_every_time_and_have_things() -> None:
    first, again = held_out(2), held_out(2)
    assert [s.layout for s in first] == [s.layout for s in again]
    assert all(s.picture.shape[:2] == (s.layout.height, s.layout.width) for s in first)
    assert all(s.targets for s in first)
    assert first[0].coarse.layers != first[0].layout.layers
    assert len(first[0].coarse.layers) == len(first[0].layout.layers)


def test_the_network_reads_every_fourth_pixel_of_any_size() -> None:
    torch.manual_seed(0)
    model = RenderJudge(labels=LABELS, classes=CLASSES, widths=(8, 8, 8)).eval()
    picture = np.random.default_rng(0).integers(0, 256, (72, 100, 3), np.uint8)
    read = model.read(picture)
    assert read.shape == (4, 18, 25)
    assert np.allclose(read.sum(0), 1, atol=1e-4)
    assert set(np.unique(model.class_map(read))) <= {2, 4, 126}
    assert isinstance(model, ModelMixin)


def test_a_judge_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="train render-judge"):
        load_judge(tmp_path)


def test_the_whole_run_writes_tables_and_sheets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr("engine.cli.main._quiet_libraries", lambda: None)
    pack = tiny.lite_pack(tmp_path / "pack")
    from engine.training.render_judge import judged_labels

    labels, classes = judged_labels()
    torch.manual_seed(0)
    RenderJudge(labels=labels, classes=classes, widths=(8, 8)).save_pretrained(tmp_path / "judge")
    words = ["eval", "render", "--n", "2", "--pack", str(pack), "--judge", str(tmp_path / "judge")]
    code = main([*words, "--steps", "1", "--out", str(tmp_path / "out")])
    out, err = capsys.readouterr()
    assert code == 0, err
    for name in ("real pictures", "ControlNet, coarse scribbles", "words alone"):
        assert name in out
    assert (tmp_path / "out" / "sheet-1.png").is_file()
    assert (tmp_path / "out" / "tables.md").read_text() in out
