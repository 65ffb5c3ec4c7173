"""Two-subject copies of the field's standard sets in their own layouts, with their traps: real clips of a few frames.

Written from the description of the real releases alone. Each function writes one copy below `folder` and returns
`Written`: its root and the expected presentations, spelt out.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from protocols.presentation import ATTACK, BONA_FIDE, Media, Presentation
from tests.protocols.miniature_media import Written, clutter, jpeg, text, video


def _row(key: str, kind: str, code: str, who: str, split: str | None, file: str, **known: str) -> Presentation:
    label = BONA_FIDE if kind == BONA_FIDE else ATTACK
    media = Media("hdf5" if file.endswith("hdf5") else "video", (file,))
    words = tuple((name.replace("_", " "), value) for name, value in known.items())
    return Presentation(key, label, kind, code, who, who, split, media, covariates=words)  # type: ignore[arg-type]


def oulu(folder: Path, *, lists: str = "Protocols") -> Written:
    """A user of train, one of dev and one of test; eye positions beside the clips; lists of protocol 1 and 3.1."""
    out = Written(folder / "OULU-NPU", "as released")
    kinds = {1: BONA_FIDE, 2: "print", 3: "print", 4: "replay", 5: "replay"}
    for split, user in (("train", "06"), ("dev", "21"), ("test", "36")):
        listed = []
        for phone, session, file in ((1, 1, 1), (1, 3, 1), (2, 1, 2), (2, 3, 5), (6, 2, 4), (6, 3, 3)):
            stem = f"{phone}_{session}_{user}_{file}"
            place = f"{split.title()}_files/{stem}.avi"
            video(out.root / place)
            (out.root / place).with_suffix(".txt").write_text("0,10,10,20,10\n")
            known = {"sensor": f"phone {phone}", "session": str(session)}
            out.rows.append(_row(stem, kinds[file], str(file), user, split, place, **known))
            if (session == 3) == (split == "test"):
                listed.append(f"{'+1' if file == 1 else '-1' if file < 4 else '-2'},{stem}")
        text(out.root / f"{lists}/Protocol_1/{split.title()}.txt", listed)
    text(out.root / f"{lists}/Protocol_3/Test_1.txt", ["+1,1_2_36_1", "+1,1_3_36_1"])
    clutter(out.root)
    return out


def casia(folder: Path, *, normal: str = "") -> Written:
    """Subject 1 of train and subject 1 of test, who are two people; `normal` is what a copy puts before 1 to 8."""
    out = Written(folder / "CASIA-FASD", "as released")
    kinds = {
        "1": ("real", BONA_FIDE, "low"),
        "2": ("real", BONA_FIDE, "normal"),
        "HR_1": ("real", BONA_FIDE, "high"),
        "3": ("warped photo", "print", "low"),
        "HR_2": ("warped photo", "print", "high"),
        "6": ("cut photo", "print", "normal"),
        "HR_4": ("video", "replay", "high"),
    }
    for split in ("train", "test"):
        for file, (code, kind, quality) in kinds.items():
            place = f"{split}_release/1/{'' if file.startswith('HR') else normal}{file}.avi"
            video(out.root / place)
            out.rows.append(_row(f"{split}/1/{file}", kind, code, f"{split}-1", split, place, sensor=quality))
    clutter(out.root)
    return out


def replay(folder: Path, *, packed: bool = False) -> Written:
    """A client of each split and a clip of enrolment; `packed`: the folders that the archives unpack to."""
    out = Written(folder / "Replay-Attack", "as released")
    for split, home, client in (("train", "train", "001"), ("dev", "devel", "003"), ("test", "test", "009")):
        top = f"replayattack-{home}/{home}" if packed else home
        clips = [("real", BONA_FIDE, f"real/client{client}_session01_webcam_authenticate_adverse_1", "adverse")]
        for device, kind, medium in (("print", "print", "highdef"), ("mobile", "replay", "mobile")):
            for support in ("fixed", "hand"):
                name = f"attack_{device}_client{client}_session01_{medium}_photo_controlled"
                clips.append((device, kind, f"attack/{support}/{name}", "controlled"))
        for code, kind, stem, light in clips:
            video(out.root / f"{top}/{stem}.mov")
            key = f"{split}/{stem}"
            out.rows.append(_row(key, kind, code, client, split, f"{top}/{stem}.mov", session="01", light=light))
    enrol = "enroll/train/client001_session01_webcam_authenticate_controlled_1.mov"
    video(out.root / enrol)
    out.warnings.append("1 clips of enrolment are no presentations: left out")
    return out


def msu(folder: Path, *, scene: str = "scene01/", lists: bool = True) -> Written:
    """Client 2 of train and client 1 of test; phone clips are mp4, those of the laptop mov."""
    out = Written(folder / "MSU-MFSD", "as released")
    for split, client in (("train", "002"), ("test", "001")):
        for sensor, suffix in (("android", "mp4"), ("laptop", "mov")):
            for code, kind in (("", BONA_FIDE), ("printed_photo_", "print"), ("ipad_video_", "replay")):
                side = "attack" if code else "real"
                stem = f"{side}_client{client}_{sensor}_SD_{code}scene01"
                video(out.root / f"{scene}{side}/{stem}.{suffix}")
                word = code.strip("_") or "real"
                place = f"{scene if lists else ''}{side}/{stem}.{suffix}"
                out.rows.append(_row(stem, kind, word, client, split, place, sensor=sensor))
    if lists:
        text(out.root / "train_sub_list.txt", ["02", "03"])
        text(out.root / "test_sub_list.txt", ["01", "13"], end="")
    clutter(out.root)
    return out


WMCA = {  # clip -> (species, group of grandtest)
    "17.01.18/002_01_000_0_00": (BONA_FIDE, "train"),
    "17.01.18/002_02_003_2_81": ("silicone mask", "train"),
    "18.01.18/002_02_003_3_05": ("replay", "train"),
    "18.01.18/002_02_003_3_06": ("print", "train"),
    "18.01.18/010_02_003_0_02": (BONA_FIDE, "dev"),
    "18.01.18/010_02_003_1_13": ("rigid mask", "dev"),
    "18.01.18/010_02_003_1_15": ("glasses", "dev"),
    "18.01.18/010_02_003_4_01": ("replay", "dev"),
    "31.01.18/514_01_000_0_01": (BONA_FIDE, "eval"),
    "31.01.18/514_01_035_2_07": ("mannequin", "eval"),
    "31.01.18/514_01_035_2_08": ("paper mask", "eval"),
    "31.01.18/514_01_035_2_18": ("silicone mask", "eval"),
}


def wmca(folder: Path, *, lists: Iterable[str] = ("csv",)) -> Written:
    """The preprocessed colour files with those of the other channels; lists: `csv` (Idiap's), `txt` (CASIA's)."""
    out = Written(folder / "WMCA", "preprocessed colour")
    csv, txt = [], [",client_id,filepath,group,label"]
    for i, (clip, (kind, group)) in enumerate(WMCA.items()):
        frames_hdf5(out.root / f"preprocessed-face-station_RGB/{clip}.hdf5", seed=i)
        frames_hdf5(out.root / f"preprocessed-face-station_CDIT/{clip}.hdf5", channels=4)
        client, session, *_, type_, pai = clip.partition("/")[2].split("_")
        split = {"train": "train", "dev": "dev", "eval": "test"}[group] if lists else None
        out.rows.append(_row(clip, kind, f"{type_}_{pai}", client, split, f"{clip}.hdf5", session=session))
        csv.append(f"{clip},{int(kind == BONA_FIDE)},{'bonafide' if kind == BONA_FIDE else 'attack/x'},{group}")
        txt.append(f"{i},{int(client)},face-station/{clip},{group},{'bonafide' if kind == BONA_FIDE else 'attack'}")
    if "csv" in lists:
        text(out.root / "PROTOCOL-grandtest.csv", csv)
    if "txt" in lists:
        text(out.root / "WMCA_Grandtest.txt", txt)
    out.warnings.append("12 files of other channels, or raw ones, are left out")
    return out


def siw(folder: Path) -> Written:
    """Subject 3 of train, subject 153 of test, whose live clip ends in `.m.mov`."""
    out = Written(folder / "SiW", "as released")
    for split, who, ending in (("train", "003", ""), ("test", "153", ".m")):
        for kind, code, side in ((BONA_FIDE, "1-1", "live"), ("print", "2-2", "spoof"), ("replay", "3-4", "spoof")):
            stem = f"{who}-1-{code}-2"
            tail = ending if side == "live" else ""
            place = f"{split.title()}/{side}/{who}/{stem}{tail}.mov"
            video(out.root / place)
            out.rows.append(_row(stem, kind, code, who, split, place, sensor="1", session="2"))
    return out


def rose_youtu(folder: Path) -> Written:
    """Clients 2 and 10 without splits."""
    out = Written(folder / "Rose-Youtu", "as released")
    kinds = {"G": BONA_FIDE, "Ps": "print", "Vm": "replay", "Mc": "paper mask", "Mu": "paper mask"}
    for client in ("2", "10"):
        for n, (code, kind) in enumerate(kinds.items(), 1):
            stem = f"{code}_NT_5s_{'wg' if n % 2 else 'g'}_E_{client}_{n}"
            video(out.root / f"{client}/{stem}.mp4")
            known = {"sensor": "5s", "glasses": "no" if n % 2 else "yes"}
            out.rows.append(_row(f"{client}/{stem}", kind, code, client, None, f"{client}/{stem}.mp4", **known))
    return out


def threedmad(folder: Path) -> Written:
    """Client 1 of train, 8 of dev, 17 of test, raw."""
    import h5py

    out = Written(folder / "3DMAD", "HDF5")
    for split, client in (("train", "01"), ("dev", "08"), ("test", "17")):
        for session in ("01", "02", "03"):
            stem = f"{client}_{session}_01"
            file = out.root / f"Data/{stem}.hdf5"
            file.parent.mkdir(parents=True, exist_ok=True)
            with h5py.File(file, "w") as data:
                data["Color_Data"] = np.random.default_rng(int(session)).integers(0, 255, (3, 3, 8, 6), np.uint8)
                data["Depth_Data"] = np.zeros((3, 1, 8, 6), np.uint16)
            kind, code = ("rigid mask", "mask") if session == "03" else (BONA_FIDE, "real")
            out.rows.append(_row(stem, kind, code, client, split, f"Data/{stem}.hdf5", session=session))
    return out


def hifimask(folder: Path) -> Written:
    """Subject 1 of train and 2 of test, three materials."""
    out = Written(folder / "HiFiMask", "folders of frames")
    codes = {0: ("live", BONA_FIDE), 1: ("transparent", "transparent mask"), 3: ("resin", "rigid mask")}
    for split, who, complexion in (("train", "01", 1), ("test", "02", 3)):
        for number, (code, kind) in codes.items():
            video_name = f"{complexion}_{who}_{number}_2_4_5"
            files = tuple(f"{split}/{video_name}/{n:04d}.png" for n in (1, 2))
            for file in files:
                jpeg(out.root / file)
            known = (("skin tone", {1: "yellow", 3: "black"}[complexion]), ("session", "2"), ("light", "4"))
            label = BONA_FIDE if kind == BONA_FIDE else ATTACK
            subject = f"{complexion}-{who}"
            out.rows.append(
                Presentation(
                    video_name, label, kind, code, subject, subject, split, Media("images", files),  # type: ignore[arg-type]
                    covariates=(*known, ("sensor", "5")),
                )
            )  # fmt: skip
    return out


def crops(written: Written, folder: Path, suffix: str = "/crop") -> Path:
    """The same copy as folders of cut-out faces, as CASIA-FAS-Dataset ships it."""
    root = folder / written.root.name
    for row in written.rows:
        home = row.media.files[0].rpartition(".")[0]
        for n in (1, 2):
            jpeg(root / f"{home}{suffix}/{n:03d}.png")
    return root


def frames_hdf5(file: Path, *, channels: int = 3, frames: int = 3, seed: int = 0) -> None:
    """One group a frame, (channels, 12, 10) each, as Idiap's preprocessing writes them."""
    import h5py

    file.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    with h5py.File(file, "w") as data:
        for k in range(frames):
            data[f"Frame_{k * 5}/array"] = rng.integers(60, 255, (channels, 12, 10), np.uint8)
