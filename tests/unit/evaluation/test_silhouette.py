"""The silhouette classifier: what it sees, how it is trained, kept and loaded."""

import argparse
import json
import zipfile
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from engine.data.voc import VOC_CLASSES
from engine.errors import InputError, ModelDamaged, ModelMissing
from engine.evaluation.silhouette import SIDE, SilhouetteClassifier, load_classifier, portrait
from engine.training import classifier as training
from tests.unit.evaluation.helpers import disc, rectangle


def small_model() -> SilhouetteClassifier:
    torch.manual_seed(0)
    return SilhouetteClassifier(labels=("car", "tv"), widths=(8, 16, 16), blocks=(1, 1, 1)).eval()


def test_portrait_keeps_the_aspect_and_ignores_size_and_place():
    wide = portrait(np.ones((10, 40), bool))
    rows, columns = np.flatnonzero(wide.any(1)), np.flatnonzero(wide.any(0))
    assert wide.shape == (SIDE, SIDE)
    assert len(columns) == pytest.approx(4 * len(rows), abs=2)
    assert (portrait(np.ones((100, 400), bool)) == wide).all()


def test_probabilities_do_not_depend_on_facing_and_are_zero_for_nothing():
    crop = disc(20, 20, 12).crop()
    crop[:, :8] = False
    found = small_model().probabilities([crop, crop[:, ::-1], np.zeros((5, 5), bool)])
    assert found.shape == (3, 2)
    assert found[0] == pytest.approx(found[1], abs=1e-5)
    assert found[0].sum() == pytest.approx(1, abs=1e-5)
    assert found[2].sum() == 0


def test_a_saved_model_gives_the_same_answers(tmp_path):
    model = small_model()
    crops = [disc(20, 20, 12).crop(), rectangle(0, 0, 9, 30).crop()]
    model.save_pretrained(tmp_path / "m")
    loaded = load_classifier(tmp_path / "m")
    assert loaded.labels == ("car", "tv")
    assert loaded.probabilities(crops) == pytest.approx(model.probabilities(crops), abs=1e-5)


def test_missing_and_damaged_models_say_what_to_do(tmp_path):
    with pytest.raises(ModelMissing, match="train classifier"):
        load_classifier(tmp_path / "none")
    small_model().save_pretrained(tmp_path / "m")
    (weights,) = (tmp_path / "m").glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(ModelDamaged, match="restore it"):
        load_classifier(tmp_path / "m")


def test_distortion_keeps_coverage_in_range_and_changes_every_frame():
    torch.manual_seed(0)
    frames = np.stack([portrait(rectangle(0, 0, 20, 30).crop())] * 16)
    x = torch.from_numpy(frames)[:, None].float() / 255
    out = training.distorted(x)
    assert out.shape == x.shape
    assert out.min() >= 0 and out.max() <= 1.001
    assert all((out[i] - x[i]).abs().sum() > 5 for i in range(16))
    assert (out.sum((1, 2, 3)) > 0.3 * x.sum((1, 2, 3))).all()


def png(labels: np.ndarray) -> bytes:
    out = BytesIO()
    Image.fromarray(labels).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def data(tmp_path):
    """Eighty pictures: round cars and square televisions."""
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(tmp_path / "voc_sbd_masks_160.zip", "w") as bundle:
        for i in range(80):
            labels = np.zeros((100, 100), np.uint8)
            size = int(rng.integers(15, 30))
            shape, name = (
                (disc(50, 50, size), "car") if i % 2 else (rectangle(30, 30, size, size), "tv")
            )
            labels[shape.on_canvas(100, 100)] = VOC_CLASSES.index(name) + 1
            bundle.writestr(f"{i:04d}.png", png(labels))
    return tmp_path


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    training.add_arguments(parser)
    return parser.parse_args(words)


def test_training_writes_a_model_that_loads_with_its_figures(data, tmp_path):
    out = tmp_path / "run"
    words = ["--data", str(data), "--out", str(out), "--time-budget", "1.5", "--batch-size", "16"]
    assert training.run(parsed(*words)) == 0
    model = load_classifier(out / "model")
    assert model.labels == VOC_CLASSES
    figures = json.loads((out / "model" / "figures.json").read_text())
    assert figures["steps"] >= 1 and 0 <= figures["top1"] <= figures["top5"] <= 1
    assert figures["count"] > 0


def test_learning_tells_round_from_square(data):
    torch.manual_seed(0)
    scenes = training.read_voc(data)
    shapes = training.Silhouettes.of(scenes, only_complete=True)
    assert len(shapes.labels) == 80
    model = SilhouetteClassifier(labels=VOC_CLASSES, widths=(8, 16, 16), blocks=(1, 1, 1))
    optimizer = torch.optim.AdamW(model.parameters(), 5e-3)
    rng = np.random.default_rng(0)
    for _ in range(40):
        chosen = rng.choice(80, 32)
        x = torch.from_numpy(shapes.frames[chosen])[:, None].float() / 255
        truth = torch.from_numpy(shapes.labels[chosen])
        torch.nn.functional.cross_entropy(model(training.distorted(x)), truth).backward()
        optimizer.step()
        optimizer.zero_grad()
    assert training.accuracy(model.eval(), shapes)["top1"] > 0.9


def test_training_without_real_pictures_is_refused():
    with pytest.raises(InputError, match="--data"):
        training.run(parsed("--out", "nowhere"))
