"""Miniatures of every layout of the four releases, with their traps, and the table that a reader must arrive at.

Written from the description of the real releases alone: nothing here comes from the embedded demo or the adapters.
Each function writes one layout below `folder` and returns `Written`: the root to point at, the layout's name, the
expected presentations (spelt out, not parsed), and words that must stand in the warnings.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from protocols.presentation import Media, Presentation
from tests.protocols.miniature_media import Written, clutter, frames, hdf5, jpeg, text, video

BF, ATTACK = "bona fide", "attack"
FOLDERS_SIW = {
    "Makeup_Co": "Makeup_Cosmetic",
    "Makeup_Im": "Makeup_Impersonation",
    "Makeup_Ob": "Makeup_Obfuscation",
    "Mask_Half": "Mask_HalfMask",
    "Mask_Paper": "Mask_PaperMask",
    "Mask_Trans": "Mask_TransparentMask",
    "Mask_Silicone": "Silicone",
    "Mask_Mann": "Mannequin",
    "Partial_Eye": "Partial_Eye",
    "Partial_Funnyeye": "Partial_FunnyeyeGlasses",
    "Partial_Mouth": "Partial_Mouth",
    "Partial_Paperglass": "Partial_PaperGlasses",
    "Paper": "Paper",
    "Replay": "Replay",
}


def surf_c(folder: Path, *, nested: bool = False) -> Written:
    """The current archive, `CASIA_SURF/Data/...`, lists with 0 = live; one test subject lacks an attack."""
    top = folder / "CASIA_SURF" / ("casia_surf" if nested else "")
    data = top / "Data"
    out = Written(top, "C: current archive")
    plan = [
        # split, folder, subject, sessions with their frames
        ("train", "Training", "CLKJ_AS0005", {"real": 3, "04_en_b": 1, "05_enm_s": 1, "06_enm_b": 12}),
        ("dev", "Val", "CLKJ_AS0010", {"real": 1, "01_e_s": 1, "02_e_b": 2, "03_en_s": 1}),
        ("test", "Testing", "CLKJ_AS0002", {"real": 1, "01_e_s": 1, "03_en_s": 1}),
    ]
    for split, place, subject, sessions in plan:
        images, clips = [], []
        for session, count in sessions.items():
            label = BF if session == "real" else ATTACK
            side = "real_part" if label == BF else "fake_part"
            where = f"{place}/{side}/{subject}/{session}.rssdk/color"
            media = frames(data, where, [f"{n:04d}.jpg" for n in range(1, count + 1)])
            digit = "0" if label == BF else "1"
            images += [f"CASIA_SURF/Data/{file} {digit}" for file in media.files]
            clips.append(f"CASIA_SURF/Data/{where} {digit}")
            species = BF if label == BF else "print"
            row_id = f"{split}/{subject}/{session}"
            out.rows.append(Presentation(row_id, label, species, session, subject, subject, split, media))
        text(top / f"protocol/CASIA_SURF@p1_image_{split}.txt", images, end="")
        text(top / f"protocol/CASIA_SURF@p1_video_{split}.txt", clips)
    clutter(data / "Training")
    clutter(top)
    return out


def surf_b(folder: Path) -> Written:
    """The CROP set: all six types in every split, frame numbers 1, 11, 101 without padding, no lists."""
    top = folder / "CASIA-SURF-CROP"
    out = Written(top, "B: CROP full set")
    codes = ("01_e_s", "02_e_b", "03_en_s", "04_en_b", "05_enm_s", "06_enm_b")
    for split, part, subject in (
        ("train", "train", "CLKJ_AS0001"),
        ("dev", "val", "CLKJ_BS0007"),
        ("test", "test", "CLKJ_CS0700"),
    ):
        media = frames(top, f"real_part/real_{part}_part/{subject}/real.rssdk/color", ["1.jpg", "11.jpg", "101.jpg"])
        out.rows.append(Presentation(f"{split}/{subject}/real", BF, BF, "real", subject, subject, split, media))
        for code in codes:
            media = frames(top, f"fake_part/fake_{part}_part/{subject}/{code}.rssdk/color", ["1.jpg"])
            key = f"{split}/{subject}/{code}"
            out.rows.append(Presentation(key, ATTACK, "print", code, subject, subject, split, media))
    return out


def surf_a(folder: Path, *, test_list: bool = True) -> Written:
    """The challenge: folders in Training, flat numbered pictures in Val and Testing, lists with 1 = real."""
    out = Written(folder, "A: CVPR 2019 challenge")
    subject, lines = "CLKJ_AS0005", []
    for side, session, names in (
        ("real_part", "real", ["1.jpg", "11.jpg", "101.jpg"]),
        ("fake_part", "05_enm_s", ["101.jpg"]),
    ):
        where = f"Training/{side}/{subject}/{session}.rssdk/color"
        media = frames(folder, where, names)
        label, digit = (BF, "1") if session == "real" else (ATTACK, "0")
        for file in media.files:
            lines.append(" ".join(file.replace("/color/", f"/{m}/") for m in ("color", "depth", "ir")) + f" {digit}")
        species = BF if label == BF else "print"
        out.rows.append(
            Presentation(f"train/{subject}/{session}", label, species, session, subject, subject, "train", media)
        )
    text(folder / "train_list.txt", lines)
    for split, place, prefix, listed in (("dev", "Val", "val", True), ("test", "Testing", "test", test_list)):
        private, public = [], []
        for number, label in ((0, ATTACK), (1, BF), (1000, ATTACK)):
            stem = f"{number // 1000:04d}/{number:06d}"
            jpeg(folder / place / f"{stem}-color.jpg")
            for other in ("depth", "ir"):
                (folder / place / f"{stem}-{other}.jpg").write_bytes(b"not for colour")
            paths = " ".join(f"{place}/{stem}-{kind}.jpg" for kind in ("color", "depth", "ir"))
            private.append(f"{paths} {'1' if label == BF else '0'}")
            public.append(paths + " ")
            key = f"{split}/{stem}"
            species, code = (BF, "real") if label == BF else ("print", "hidden")
            if listed:
                media = Media("images", (f"{place}/{stem}-color.jpg",))
                out.rows.append(Presentation(key, label, species, code, None, key, split, media))
        text(folder / f"{prefix}_public_list.txt", public)
        if listed:
            text(folder / f"{prefix}_private_list.txt", private)
        else:
            out.warnings.append("3 pictures of Val and Testing have no label")
    return out


def cefa_full(folder: Path, layout: str, *, identity_number: str = "") -> Written:
    """Layout B (`CeFA-Race`, `profile`) or C (`Ethnicity`, `color`, lists), masks with Light = 1."""
    name, flat, masks, colour = {
        "B": ("CeFA", "CeFA-Race", "CeFA-Mask", "profile"),
        "C": ("CASIA_CeFA", "Ethnicity", "Mask", "color"),
    }[layout]
    top = folder / name
    out = Written(top, {"B": "B: older full set (profile)", "C": "C: current archive"}[layout])
    lists: dict[str, list[str]] = {"train": [], "dev": [], "test": []}
    species = {"1": BF, "2": "print", "3": "print", "4": "replay"}
    for digit, race, number, split in (
        ("1", "AF", "120", "train"),
        ("2", "CA", "200", "dev"),
        ("3", "EA", "300", "test"),
        ("3", "EA", "199", "train"),
    ):
        for rest in ("1_1_1", "3_1_2", "3_2_2", "3_1_4"):
            key, pai = f"{digit}_{number}_{rest}", rest[-1]
            raw = f"{race}-{number}" + (f"-{identity_number}" if identity_number and race == "EA" else "")
            media = frames(top, f"{flat}/{race}/{raw}/{key}/{colour}", ["0001.jpg", "0002.jpg"])
            label, subject = (BF if pai == "1" else ATTACK), f"{race}-{number}"
            out.rows.append(
                Presentation(key, label, species[pai], f"PAI {pai}", subject, subject, split, media, "2d")  # type: ignore[arg-type]
            )
            lists[split].append(f"CASIA_CeFA/{flat}/{race}/{subject}/{key}/{colour} {'0' if pai == '1' else '1'}")
    for kind, code, who, split, names in (
        ("3D-Mask", "1", "005", "train", ["1_005_0_0_2_1_3"]),
        ("3D-Mask", "1", "041", "train", ["1_041_0_0_2_2_4"]),
        ("3D-Mask", "1", "073", "dev", ["1_073_1_0_2_1_2", "1_073_1_0_2_1_1"]),
        ("3D-Mask", "1", "080", "test", ["1_080_1_1_2_1_1"]),
        ("3D-Mask", "1", "099", "test", ["1_099_0_1_2_2_2"]),
        ("Silicone-Mask", "2", "002", "train", ["2_002_0_0_2_1_2"]),
        ("Silicone-Mask", "2", "008", "test", ["2_008_1_1_2_1_4"]),
    ):
        for key in names:
            media = frames(top, f"{masks}/{kind}/{who}/{key}/{colour}", ["0001.jpg"])
            subject, light = f"{kind.lower()}-{who}", key[-1]
            part = "mask-light1" if light == "1" else "mask"
            canonical = "rigid mask" if code == "1" else "silicone mask"
            out.rows.append(
                Presentation(key, ATTACK, canonical, f"mask {code}", subject, subject, split, media, part)  # type: ignore[arg-type]
            )
            if light != "1":
                lists["test"].append(f"CASIA_CeFA/{masks}/{kind}/{who}/{key}/{colour} 1")
    if layout == "C":
        for split, lines in lists.items():
            text(folder / f"protocol/CASIA_CeFA@p4.1_video_{split}.txt", lines)
    clutter(top)
    return out


def cefa_a(folder: Path, *, phases: bool = False) -> Written:
    """The challenge: named videos in train, numbered ones in dev and test; labels (1 = real) for dev alone."""
    first, second = ("phase1/", "phase2/") if phases else ("", "")
    out = Written(folder, "A: CVPR 2020 challenge")
    lines = []
    for key, species in (("1_000_1_1_1", BF), ("1_000_3_1_4", "replay"), ("3_007_1_1_1", BF)):
        media = frames(folder / first, f"train/{key}/profile", ["0001.jpg", "0002.jpg"])
        label, subject = (BF if species == BF else ATTACK), {"1": "AF", "3": "EA"}[key[0]] + "-" + key[2:5]
        code = f"PAI {key[-1]}"
        out.rows.append(Presentation(key, label, species, code, subject, subject, "train", media, "2d"))
        lines += [f"{file} {'1' if label == BF else '0'}" for file in media.files]
    text(folder / "4@1_train.txt", lines)
    for number, label in (("003000", BF), ("003001", ATTACK)):
        media = frames(folder / first, f"dev/{number}/profile", ["0001.jpg"])
        species, code = (BF, "PAI 1") if label == BF else ("replay", "hidden")
        key = f"dev/{number}"
        out.rows.append(Presentation(key, label, species, code, None, key, "dev", media, "2d"))
    text(folder / "4@1_dev_res.txt", ["dev/003000", "dev/003001"])
    text(folder / "4@1_dev_ref.txt", ["dev/003000 1", "dev/003001 0"])
    frames(folder / second, "test/000009/profile", ["0001.jpg"])
    out.warnings.append("1 test videos")
    return out


HQ = {
    # stem: (folder, word, species, subject, group)
    "1_01_0001_0000_00_00_000-241b2419": ("Bonafide", "Bonafide", BF, "0001", "0001"),
    "1_01_0092_0000_00_00_000-fad05fcd": ("Bonafide", "Bonafide", BF, "0092", "0092"),
    "1_01_0001_0092_05_01_001-0a1b2c3d": ("Impersonation/Rigidmask", "Rigidmask", "rigid mask", None, "0001/0092"),
    "1_01_0003_0092_06_01_001-0a1b2c3e": (
        "Impersonation/Flexiblemask",
        "Flexiblemask",
        "silicone mask",
        None,
        "0003/0092",
    ),
    "1_02_0900_0000_02_01_001-0a1b2c3f": ("Impersonation/Mannequin", "Mannequin", "mannequin", None, "0900/0000"),
    "1_02_0001_0004_07_01_001-0a1b2c40": ("Impersonation/Papermask", "Papermask", "paper mask", None, "0001/0004"),
    "1_02_0001_0000_03_02_001-0a1b2c41": ("Impersonation/Print", "Print", "print", None, "0001/0000"),
    "1_03_0001_0000_04_02_001-0a1b2c42": ("Impersonation/Replay", "Replay", "replay", None, "0001/0000"),
    "1_02_0092_0092_08_01_002-11223344": ("Obfuscation/Wig", "Wig", "wig", "0092", "0092"),
    "1_02_0092_0092_01_01_002-11223345": ("Obfuscation/Glasses", "Glasses", "glasses", "0092", "0092"),
    "1_02_0092_0092_10_01_002-11223346": ("Obfuscation/Makeup", "Makeup", "makeup", "0092", "0092"),
    "1_02_0092_0092_09_01_002-11223347": ("Obfuscation/Tattoo", "Tattoo", "tattoo", "0092", "0092"),
}
HQ_SPLITS = ("train", "dev", "eval")


def hq_rgb(folder: Path, *, nested: bool = False, lists: Iterable[str] = ()) -> Written:
    """The RGB release; `lists` holds `curated` (with a header, wigs left out, beside the root) and `full` (without)."""
    top = folder / "HQ-WMCA-RGB" / ("HQ-WMCA-RGB" if nested else "")
    out = Written(folder if nested else top, "RGB release")
    curated, full = ["video_name,label,attack_type,subset"], []
    for i, (stem, (place, word, species, subject, group)) in enumerate(HQ.items()):
        video(top / place / f"{stem}.mov")
        label = BF if species == BF else ATTACK
        subset = HQ_SPLITS[i % 3]
        line = (
            f"01.03.19/{stem},{'0' if label == BF else '1'},{'bonafide' if label == BF else f'attack/{word}'},{subset}"
        )
        full.append(line)
        split, part = None, ""
        if word != "Wig":
            curated.append(line)
        elif "curated" in lists:
            part = "curated-out"
        if "full" in lists or ("curated" in lists and word != "Wig"):
            split = {"train": "train", "dev": "dev", "eval": "test"}[subset]
        media = Media("video", (f"{place}/{stem}.mov",))
        out.rows.append(Presentation(stem, label, species, word, subject, group, split, media, part))  # type: ignore[arg-type]
    if "curated" in lists:
        curated.append("05.03.19/1_01_0050_0000_00_00_000-99999999,0,bonafide,train")
        text(top.parent / "PROTOCOL-grand_test-curated.csv", curated, end="\r\n")
        out.warnings.append("PROTOCOL-grand_test-curated.csv: 1 listed but not on disk")
    if "full" in lists:
        text(top.parent / "PROTOCOL-grand_test.csv", full, end="")
    text(top.parent / "PROTOCOL-LOO_Rigidmask.csv", full)
    clutter(top)
    return out


def hq_raw(folder: Path) -> Written:
    """The raw HDF5 files in date folders below `face-station`."""
    top = folder / "face-station"
    out = Written(folder, "raw HDF5")
    for date, stem in (
        ("01.03.19", "1_01_0001_0000_00_00_000-241b2419"),
        ("05.03.19", "1_01_0001_0092_05_01_001-0a1b2c3d"),
    ):
        hdf5(top / date / f"{stem}.h5")
        _, word, species, subject, group = HQ[stem]
        media = Media("hdf5", (f"{date}/{stem}.h5",))
        label = BF if species == BF else ATTACK
        out.rows.append(Presentation(stem, label, species, word, subject, group, None, media))
    return out


def hq_preprocessed(folder: Path) -> Path:
    """The files without colour, which must be refused."""
    hdf5(folder / "MC-PixBiS-224/preprocessed/face-station/01.03.19/1_01_0001_0000_00_00_000-241b2419.hdf5")
    return folder


def siw(folder: Path, *, prints: str = "Paper", nested: bool = False, lists: bool = True) -> Written:
    """All fourteen folders, three containers, one byte-identical pair, two stems that are listed but absent."""
    top = folder / "SiW-Mv2" / ("SiW-Mv2" if nested else "")
    out = Written(folder if nested else top, f"folder {prints}")
    species = {
        "Makeup_Co": "cosmetic makeup",
        "Makeup_Im": "impersonation makeup",
        "Makeup_Ob": "obfuscation makeup",
        "Mask_Half": "half mask",
        "Mask_Paper": "paper mask",
        "Mask_Trans": "transparent mask",
        "Mask_Silicone": "silicone mask",
        "Mask_Mann": "mannequin",
        "Partial_Eye": "partial eye",
        "Partial_Funnyeye": "funny-eye glasses",
        "Partial_Mouth": "partial mouth",
        "Partial_Paperglass": "paper glasses",
        "Paper": "print",
        "Replay": "replay",
    }
    train = {"Live_1", "Live_105", "Makeup_Co_5", "Mask_Silicone_2", "Paper_100"} if lists else set()
    test = {"Live_889", "Replay_76"} if lists else set()
    files = [
        ("Live_1", ".mov"),
        ("Live_105", ".avi"),
        ("Live_889", ".mp4"),
        ("Replay_76", ".mov"),
        ("Replay_83", ".mov"),
    ]
    files += [
        ("Partial_Funnyeye_171", ".mp4"),
        ("Makeup_Co_5", ".mov"),
        ("Mask_Silicone_2", ".mov"),
        ("Paper_100", ".MOV"),
    ]
    files += [(f"{word}_2", ".mov") for word in ("Makeup_Im", "Makeup_Ob", "Mask_Half", "Mask_Paper", "Mask_Trans")]
    files += [(f"{word}_3", ".mov") for word in ("Mask_Mann", "Partial_Eye", "Partial_Mouth", "Partial_Paperglass")]
    for stem, suffix in files:
        word = stem.rpartition("_")[0]
        place = "Live" if word == "Live" else f"Spoof/{prints if word == 'Paper' else FOLDERS_SIW[word]}"
        video(top / place / f"{stem}{suffix}", seed=7 if word == "Replay" else None)
        label = BF if word == "Live" else ATTACK
        split = "train" if stem in train else "test" if stem in test else None
        media = Media("video", (f"{place}/{stem}{suffix}",))
        out.rows.append(Presentation(stem, label, species.get(word, BF), word, None, stem, split, media))  # type: ignore[arg-type]
    for name in ("DRA.pdf", "README.pdf"):
        (top / name).write_bytes(b"%PDF-1.4")
    out.warnings.append("Replay_76.mov = Replay_83.mov")
    if lists:
        near = folder / "pro_3_text"
        text(near / "trainlist_live.txt", ["Live_1", "Live_105"])
        text(near / "trainlist_all.txt", ["Makeup_Co_5", "Mask_Silicone_2", "Makeup_Co_5", "Paper_100"], end="")
        text(near / "testlist_live.txt", ["Live_889", "Live_900"])
        text(near / "testlist_all.txt", ["Replay_76"])
        text(near / "train_A_pretrain.txt", ["Live_889", "Partial_Paperglass_70"])
        out.warnings += ["testlist_live.txt: 1 listed but not on disk (Live_900)", "(Partial_Paperglass_70)"]
    return out
