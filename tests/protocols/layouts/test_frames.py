"""FLIP's frames and lists, laid out by hand: every set is read as the field's lists mean it; wrong lists are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.catalogue import shipped
from protocols.cut import cut
from protocols.errors import InputError
from protocols.layouts import frames
from protocols.presentation import Presentation, Release
from protocols.releases import registry
from tests.protocols.frames_miniature import write

SETS = ("msu-mfsd", "casia-fasd", "replay-attack", "oulu-npu", "wmca", "cefa", "casia-surf", "celeba-spoof")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("flip"))


def row(release: Release, key: str) -> Presentation:
    return next(p for p in release.presentations if p.id == key)


@pytest.mark.parametrize("name", SETS)
def test_every_set_is_found_in_the_data_folder_and_in_its_own(name: str, data: Path) -> None:
    above = registry.discover(name, data)
    home = "MCIO" if name in ("msu-mfsd", "casia-fasd", "replay-attack", "oulu-npu", "celeba-spoof") else "WCS"
    assert registry.discover(name, data / home) == above
    assert (above.layout, above.cropped) == ("prepared frames", True)
    assert all((above.root / file).is_file() for p in above.presentations for file in p.media.files)
    assert registry.from_json(registry.to_json(above), above.root) == above


def test_a_video_keeps_both_frames_though_lists_name_the_first() -> None:
    assert frames.video_of("attack_client002_android_SD_ipad_video_scene01_frame1.png") == (
        "attack_client002_android_SD_ipad_video_scene01"
    )
    assert frames.video_of("1_1_frame0.png") == "1_1"
    assert frames.video_of("14.02.18_019_03_033_4_02_07.jpg") == "14.02.18_019_03_033_4_02"
    assert frames.video_of("Training_real_part_CLKJ_CS0110_real.rssdk_color_91.jpg") == (
        "Training_real_part_CLKJ_CS0110_real.rssdk"
    )
    assert frames.video_of("Val_0007_007243-color.jpg") == "Val_0007_007243-color"
    assert frames.video_of("732_live_040170.jpg") == "732_live_040170"


def test_names_tell_subjects_species_and_splits(data: Path) -> None:
    msu = row(registry.discover("msu-mfsd", data), "train/fake/attack_client002_android_SD_ipad_video_scene01")
    assert (msu.species, msu.native_code, msu.subject, msu.split) == ("replay", "ipad_video", "002", "train")
    assert (len(msu.media.files), dict(msu.covariates)) == (2, {"sensor": "android"})
    casia = registry.discover("casia-fasd", data)
    first, again = row(casia, "train/real/1_1"), row(casia, "test/real/1_1")
    assert first.subject != again.subject, "subject numbers start again in test"
    assert row(casia, "train/fake/2_HR_4").species == "replay"
    oulu = row(registry.discover("oulu-npu", data), "test/fake/2_2_37_4")
    assert (oulu.split, oulu.subject, oulu.species) == ("test", "37", "replay")
    wmca = registry.discover("wmca", data)
    assert row(wmca, "train/fake/30.01.18_100_01_027_2_10").species == "paper mask"
    assert row(wmca, "train/fake/31.01.18_514_01_035_1_05").species == "glasses"
    assert len(row(wmca, "test/fake/14.02.18_019_03_033_4_02").media.files) == 3
    cefa = row(registry.discover("cefa", data), "test/fake/2_231_3_1_4")
    assert (cefa.split, cefa.subject, dict(cefa.covariates)["ethnicity"]) == ("dev", "CA-231", "Central Asian")
    surf = registry.discover("casia-surf", data)
    assert row(surf, "test/real/Val_0007_007244-color").split == "dev"
    clip = row(surf, "train/fake/Training_fake_part_CLKJ_CS0110_06_enm_b.rssdk")
    assert (clip.subject, clip.native_code, len(clip.media.files)) == ("CLKJ_CS0110", "06_enm_b", 2)
    assert row(registry.discover("celeba-spoof", data), "fake/197_spoof_420156").subject == "197"


def test_the_mcio_protocol_counts_as_the_lists_do(data: Path) -> None:
    oci2m = shipped().protocol("oci2m")
    held = {name: registry.discover(name, data) for name in (*oci2m.sources, *oci2m.targets)}
    found = cut(oci2m, held, oci2m.defaults)
    assert [len(s.presentations) for s in found.target] == [6], "eight videos less one of each class in the shot list"
    for train, dev in zip(found.train, found.dev, strict=True):
        assert len(train.presentations) + len(dev.presentations) == 8
    assert len(found.notes) == 3, "each source says that its dev part was cut"
    assert not any("no few-shot list" in note for note in found.notes)


def test_the_wcs_protocols_count_as_the_lists_do(data: Path) -> None:
    held = {name: registry.discover(name, data) for name in ("cefa", "casia-surf", "wmca")}
    cs2w = shipped().protocol("cs2w")
    found = cut(cs2w, held, cs2w.defaults)
    assert {p.species for s in found.target for p in s.presentations} == {"bona fide", "replay"}, "the print is a shot"
    assert all(p.id.startswith("test/") for s in found.target for p in s.presentations)
    assert any(p.subject is None for p in found.train[1].presentations), "FLIP's pictures of Val carry no subject"
    cw2s = shipped().protocol("cw2s")
    found = cut(cw2s, held, cw2s.defaults)
    assert {p.split for s in found.target for p in s.presentations} == {"dev"}
    assert sum(len(s.presentations) for s in found.target) == 2
    assert {s.release.name for s in found.train} == {"cefa", "wmca"}
    assert all("/train/" in f"/{p.id}" for p in found.train[1].presentations), "WMCA's test frames are no source"
    assert any("2 videos have frames in the few-shot list" in w for w in held["wmca"].warnings)


def test_frames_that_are_not_there_are_said_and_none_at_all_is_refused(tmp_path: Path) -> None:
    data = write(tmp_path)
    folder = data / "MCIO/frame/msu/train/real"
    (folder / "real_client002_android_SD_scene01_frame1.png").unlink()
    for file in folder.glob("real_client003*"):
        file.unlink()
    release = registry.discover("msu-mfsd", data)
    assert len(row(release, "train/real/real_client002_android_SD_scene01").media.files) == 1
    assert release.warnings == (
        "1 videos listed but without a frame on disk (msu/train/real/real_client003_laptop_SD_scene01)",
    )
    assert "bona fide: 3 found, 4 published (-1)" in registry.compare(release)
    (data / "MCIO/frame/msu").rename(data / "msu-elsewhere")
    with pytest.raises(InputError, match="none of the frames that its lists name is there"):
        registry.discover("msu-mfsd", data)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (
            "msu_real_train",
            "msu/train/real",
            "msu/train/fake",
            "msu_real_train.txt, line 1: .* is in a list of bona fide",
        ),
        ("msu_real_train", "msu/train/real", "casia/train/real", "line 1: .* is not of msu"),
        ("msu_real_train", "msu/train", "../msu/train", "line 1: leaves the release with '..'"),
        (
            "msu_real_train",
            "real_client002",
            "client002",
            "line 1: client002_android_SD_scene01 is not <real or attack>",
        ),
        ("msu_fake_train", "ipad_video", "hologram", "is not <real or attack>"),
        ("wmca_fake_train", "_514_01_035_1_05_", "_514_01_035_1_09_", "has the unknown type 1 with the instrument 09"),
        ("oulu_fake_train", "1_1_01_2", "1_1_01_1", "1_1_01_1 is called bona fide, in a list of attack"),
    ],
)
def test_wrong_lists_are_refused_with_file_and_line(
    name: str, old: str, new: str, message: str, tmp_path: Path
) -> None:
    data = write(tmp_path)
    release = {"msu": "msu-mfsd", "wmca": "wmca", "oulu": "oulu-npu"}[name.split("_")[0]]
    file = next(data.glob(f"*/txt/{name}.txt"))
    file.write_text(file.read_text().replace(old, new))
    for old_file in sorted(data.glob(f"*/frame/*/*/*/*{old}*") if "/" not in old else []):
        old_file.rename(old_file.with_name(old_file.name.replace(old, new)))
    with pytest.raises(InputError, match=message) as caught:
        registry.discover(release, data)
    assert "\n" not in str(caught.value)


def test_a_set_of_ones_own_needs_no_adapter_and_a_missing_one_is_named(tmp_path: Path) -> None:
    data = write(tmp_path)
    for file in data.glob("MCIO/txt/casia_*"):
        file.rename(file.with_name(file.name.replace("casia", "booth")))
    for file in data.glob("MCIO/txt/booth_*"):
        file.write_text(file.read_text().replace("casia/", "booth/"))
    (data / "MCIO/frame/casia").rename(data / "MCIO/frame/booth")
    booth = registry.discover("booth", data)
    assert {(p.species, p.subject, p.split) for p in booth.presentations} == {
        (kind, None, split) for kind in ("bona fide", "unnamed attack") for split in ("train", "test")
    }
    with pytest.raises(InputError, match=r"no lists casia_real_train\.txt .*booth, cefa, celeb, msu"):
        registry.discover("casia-fasd", data)
