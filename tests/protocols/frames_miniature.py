"""Writes prepared frames and their lists by hand, as FLIP's data folder has them, two or three videos of each kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

MCIO = {
    # set: {folder: (bona fide videos, attacks)}
    "msu": {
        "train": (
            ["real_client002_android_SD_scene01", "real_client003_laptop_SD_scene01"],
            ["attack_client002_android_SD_ipad_video_scene01", "attack_client003_laptop_SD_printed_photo_scene01"],
        ),
        "test": (
            ["real_client001_android_SD_scene01", "real_client013_android_SD_scene01"],
            ["attack_client001_laptop_SD_iphone_video_scene01", "attack_client013_android_SD_printed_photo_scene01"],
        ),
    },
    "casia": {
        "train": (["1_1", "2_HR_1"], ["1_3", "2_HR_4"]),
        "test": (["1_1", "2_2"], ["1_5", "2_8"]),
    },
    "replay": {
        "train": (
            [f"real_client{n}_session01_webcam_authenticate_adverse_1" for n in ("001", "002")],
            [
                "fixed_attack_highdef_client001_session01_highdef_photo_adverse",
                "hand_attack_print_client002_session01_highdef_photo_controlled",
            ],
        ),
        "test": (
            [f"real_client{n}_session01_webcam_authenticate_controlled_2" for n in ("009", "011")],
            [
                "fixed_attack_mobile_client009_session01_mobile_video_adverse",
                "hand_attack_mobile_client011_session01_mobile_photo_adverse",
            ],
        ),
    },
    "oulu": {
        "train": (["1_1_01_1", "6_3_02_1"], ["1_1_01_2", "6_3_02_5"]),
        "test": (["1_1_36_1", "2_2_37_1"], ["1_1_36_3", "2_2_37_4"]),
    },
}
WCS = {
    "wmca": {
        "train": (
            ["31.01.18_035_01_000_0_01", "31.01.18_036_01_000_0_00"],
            ["31.01.18_514_01_035_1_05", "30.01.18_100_01_027_2_10"],
        ),
        "test": (
            ["31.01.18_035_01_000_0_01", "31.01.18_036_01_000_0_00"],
            ["31.01.18_098_01_035_3_13", "14.02.18_019_03_033_4_02"],
        ),
    },
    "cefa": {
        "train": (["3_120_1_1_1", "1_007_1_1_1"], ["3_120_3_2_2", "1_007_3_1_4"]),
        "test": (["3_299_1_1_1", "2_231_1_1_1"], ["3_299_3_2_2", "2_231_3_1_4"]),
    },
}


def write(data: Path, *, shots: int = 1) -> Path:
    """`MCIO` and `WCS` below `data`; the first `shots` videos of each class in `test` are the few-shot list."""
    for home, sets in (("MCIO", MCIO), ("WCS", WCS)):
        for name, folders in sets.items():
            ending = ["_frame0.png", "_frame1.png"] if home == "MCIO" else [f"_{i:02d}.jpg" for i in range(3)]
            _write_set(data / home, name, folders, ending, shots)
    surf = data / "WCS"
    for person in ("CLKJ_CS0110", "CLKJ_AS0007"):
        for side, code in (("real", "real"), ("fake", "06_enm_b")):
            names = [f"Training_{side}_part_{person}_{code}.rssdk_color_{n}.jpg" for n in (91, 101)]
            _pictures(surf, f"surf/train/{side}", names)
    _pictures(surf, "surf/test/real", ["Val_0007_007243-color.jpg", "Val_0007_007244-color.jpg"])
    _pictures(surf, "surf/test/fake", ["Val_0007_007193-color.jpg", "Val_0007_007194-color.jpg"])
    for side in ("real", "fake"):
        train, test = (sorted(p for p in (surf / "frame/surf" / part / side).iterdir()) for part in ("train", "test"))
        listed = {"train": [*train, *test], "test": test[1:], "shot": test[:1]}
        for kind, files in listed.items():
            _list(surf, f"surf_{side}_{kind}", [f.relative_to(surf / "frame").as_posix() for f in files])
    _pictures(data / "MCIO", "celeb/real", ["732_live_040170.jpg", "167_live_096546.jpg"])
    _pictures(data / "MCIO", "celeb/fake", ["732_spoof_420156.jpg", "197_spoof_420156.jpg"])
    for side in ("real", "fake"):
        names = sorted(f"celeb/{side}/{p.name}" for p in (data / "MCIO/frame/celeb" / side).iterdir())
        _list(data / "MCIO", f"celeb_{side}_train", names)
    return data


def _write_set(home: Path, name: str, folders, ending: list[str], shots: int) -> None:
    mcio = home.name == "MCIO"
    for number, side in enumerate(("real", "fake")):
        lines: dict[str, list[str]] = {"train": [], "test": [], "shot": []}
        for folder, classes in folders.items():
            for i, video in enumerate(classes[number]):
                where = f"{name}/{folder}/{side}"
                _pictures(home, where, [video + end for end in ending])
                of_video = [f"{where}/{video}{end}" for end in (ending[:1] if mcio else ending)]
                shot = folder == "test" and i < shots
                if mcio:
                    lines["train"] += of_video
                    lines["shot" if shot else "test"] += of_video
                elif name == "wmca":
                    lines["train"] += of_video if folder == "train" else []
                    lines["shot"] += of_video[:1] if shot else []
                    lines["test"] += of_video[shot:] if folder == "test" else []
                else:
                    lines["train"] += of_video
                    lines["shot"] += of_video[:1] if shot else []
                    lines["test"] += of_video[shot:] if folder == "test" else []
        for kind, names in lines.items():
            _list(home, f"{name}_{side}_{kind}", names)


def _list(home: Path, name: str, lines: list[str]) -> None:
    (home / "txt").mkdir(parents=True, exist_ok=True)
    (home / "txt" / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))


def _pictures(home: Path, where: str, names: list[str]) -> None:
    """Noise around a brightness that the class decides: a face is not looked for."""
    folder = home / "frame" / where
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        seed = np.frombuffer(f"{where}/{name}".encode()[-8:].rjust(8), np.uint64)[0]
        noise = np.random.default_rng(int(seed)).integers(60, 200, (32, 32, 3), np.uint8)
        Image.fromarray(noise if "real" in where else noise // 2 + 30).save(folder / name)
