"""What physically shows of each species, in a few plain words each: material for captions, not for decisions."""

from __future__ import annotations

from types import MappingProxyType

CUES: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        "bona fide": (
            "natural skin texture",
            "fine pores and soft shading",
            "even light over a living face",
            "clear eyes and natural lips",
        ),
        "print": (
            "a fine dot pattern",
            "faded colours on paper",
            "flat shading without depth",
            "grey shadows and pale whites",
            "a bent sheet of paper",
        ),
        "cloth print": ("a weave of threads", "folds across the face", "dull dyed colours", "a soft wavy surface"),
        "cut photo": (
            "cut edges around the eyes",
            "holes in a printed face",
            "a fine dot pattern",
            "dark gaps between paper and skin",
        ),
        "replay": (
            "a grid of screen pixels",
            "coloured stripes of moire",
            "a bright band of glare",
            "a bluish glow",
            "a dark screen border",
        ),
        "rigid mask": (
            "small hard highlights",
            "flat painted skin",
            "fine layer lines",
            "dark rims around the eye holes",
        ),
        "silicone mask": ("smooth waxy skin", "a broad soft sheen", "loose rims around the eyes", "skin without pores"),
        "paper mask": (
            "folds in printed paper",
            "a white paper edge around the face",
            "eye holes in a print",
            "a fine dot pattern",
        ),
        "half mask": (
            "a hard edge across the face",
            "smooth moulded skin on half of the face",
            "a shadow line at the nose",
        ),
        "transparent mask": (
            "glossy streaks over the skin",
            "a milky veil",
            "bright reflections of clear plastic",
            "a shiny rim around the face",
        ),
        "mannequin": (
            "one plastic skin colour",
            "painted brows and lips",
            "a lacquered shine",
            "staring painted eyes",
        ),
        "makeup": ("heavy paint on the skin", "strong lipstick and eye shadow", "drawn contours"),
        "cosmetic makeup": ("strong red lips", "coloured eye shadow", "even foundation and rouge"),
        "impersonation makeup": (
            "drawn contours on the cheeks",
            "painted brows and shadows",
            "skin tone that does not fit",
        ),
        "obfuscation makeup": ("bold patches of paint", "drawn wrinkles", "a false painted beard"),
        "tattoo": ("dark ink lines on the skin", "a spiral drawn on the cheek", "blue-black shapes on the forehead"),
        "glasses": ("thick coloured plastic rims", "oversized party glasses", "dark lenses over the eyes"),
        "paper glasses": (
            "printed eyes on paper glasses",
            "white paper edges around the eyes",
            "eyes that are a print",
        ),
        "funny-eye glasses": (
            "huge false eyes",
            "round white eyeballs with painted pupils",
            "bulging plastic eyes",
        ),
        "partial eye": ("a printed strip over the eyes", "paper edges across the brows", "eyes of another person"),
        "partial mouth": ("a printed mouth pasted on", "a paper edge around the mouth", "a mouth that does not fit"),
        "wig": ("shiny artificial hair", "a hard hairline on the forehead", "hair of one even colour"),
    }
)
"""Keys as in `simulators.SIMULATORS`."""
